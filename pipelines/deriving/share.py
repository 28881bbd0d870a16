"""Which of the pending samples a run takes, and what it may spend on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lake.errors import OdaError

_FIRST = 8
"""Samples asked about before it is known what one costs."""


class BudgetSpentError(OdaError):
    """The rest would cost more than was allowed; what was done is stored."""


@dataclass(frozen=True)
class Share:
    """A part of what is pending; by default all of it.

    - limit: samples in a run, the first ones.
    - sample: samples of each dataset, drawn by content with the seed: the same ones in every run, and a smaller sample
      is a part of a larger one.
    """

    limit: int | None = None
    sample: int | None = None
    seed: int = 1


@dataclass
class Budget:
    """What models may cost in a run, over all of them.

    - price: in the currency of the models' facts; tokens: read and written.
    """

    price: float | None = None
    tokens: int | None = None
    _counted: list[Any] = field(default_factory=list)

    def room(self, calls: Any) -> int:
        """How many more samples an engine with these calls can be asked about; raises BudgetSpentError for none.

        A sample is thought to cost what one did so far, so that the last step may go over by what it costs more.
        """
        if not any(each is calls for each in self._counted):
            self._counted.append(calls)
        asked = sum(each.generations + each.forwards + each.backwards + each.failed for each in self._counted)
        room = 2**31 if asked else _FIRST
        for allowed, spent, unit in ((self.price, self.spent_price, ""), (self.tokens, self.spent_tokens, " tokens")):
            if allowed is None:
                continue
            if spent and asked:
                room = min(room, int((allowed - spent) / (spent / asked)))
            if spent >= allowed or room < 1:
                raise BudgetSpentError(
                    f"The budget of {allowed:,.10g}{unit} is spent: {spent:,.6g}{unit}, and another sample is more.",
                    hint="What was done is stored; the same command with a larger budget goes on from there.",
                )
        return room

    @property
    def spent_price(self) -> float:
        """What was paid so far."""
        return float(sum(each.price for each in self._counted))

    @property
    def spent_tokens(self) -> int:
        """Tokens read and written so far."""
        return int(sum(each.prompt_tokens + each.generated_tokens for each in self._counted))
