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

    @property
    def limited(self) -> bool:
        """Whether it is less than all."""
        return self.limit is not None or self.sample is not None


@dataclass
class Budget:
    """What models may cost in a run, over all of them.

    - price: in the currency of the models' facts; tokens: read and written.
    """

    price: float | None = None
    tokens: int | None = None
    _engines: list[Any] = field(default_factory=list)
    _question: str | None = None
    _before: tuple[int, float, float] = (0, 0.0, 0.0)
    _given: tuple[int, int] = (0, 0)
    _calls: float = 1.0

    def room(self, engine: Any, question: str, most: int) -> int:
        """How many more samples an engine is to be asked a question about, at most so many; their number is kept.

        A call is thought to cost what one did so far of this question, or of others before its first few, and a sample
        to take as many calls as those of the dearest step did, so that the last step may go over by what it costs
        more. Raises BudgetSpentError for none.
        """
        if not any(each is engine for each in self._engines):
            self._engines.append(engine)
        done = [each.calls for each in self._engines]
        asked = sum(each.generations + each.forwards + each.backwards + each.failed for each in done)
        if question != self._question:
            self._question, self._before = question, (asked, self.spent_price, self.spent_tokens)
            self._given, self._calls = (asked, 0), 1.0
        if self._given[1]:
            self._calls = max(self._calls, (asked - self._given[0]) / self._given[1])
        begun = asked - self._before[0]
        room = most if begun else min(most, _FIRST)
        limits = ((self.price, self.spent_price, ""), (self.tokens, self.spent_tokens, " tokens"))
        for (allowed, spent, unit), before in zip(limits, self._before[1:], strict=True):
            if allowed is None:
                continue
            cost = self._calls * ((spent - before) / begun if begun else spent / max(asked, 1))
            if cost:
                room = min(room, int((allowed - spent) / cost))
            if spent >= allowed or room < 1:
                raise BudgetSpentError(
                    f"The budget of {allowed:,.10g}{unit} is spent: {spent:,.6g}{unit}, and another sample is more.",
                    hint="What was done is stored; the same command with a larger budget goes on from there.",
                )
        self._given = asked, room
        return room

    @property
    def spent_price(self) -> float:
        """What was paid so far."""
        return float(sum(each.calls.price for each in self._engines))

    @property
    def spent_tokens(self) -> int:
        """Tokens read and written so far."""
        return int(sum(each.calls.prompt_tokens + each.calls.generated_tokens for each in self._engines))
