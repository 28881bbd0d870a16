"""What deriving says of what it did: plain values, for people, JSON and asset metadata."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from scorers.engines.interface import Calls


@dataclass(frozen=True)
class KindReport:
    """What deriving did for one kind of row of one dataset.

    - derived: samples derived, equal content counted with its copies where each sample has a row of its own.
    - empty: those of them with nothing to say; outcomes: outcome -> those of them, where the relation has outcomes.
    - reused: samples whose row is that of another sample; skipped: samples that had their row already.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    derived: int
    empty: int
    reused: int
    skipped: int
    outcomes: dict[str, int]


@dataclass(frozen=True)
class DeriveReport:
    """What deriving did.

    - computed: samples whose texts were read and derived, equal content once.
    - calls: what a model did for that; stopped: why the rest was left.
    """

    relation: str
    kinds: tuple[KindReport, ...]
    computed: int
    seconds: float
    calls: Calls = field(default_factory=Calls)
    stopped: str = ""

    @property
    def saved(self) -> int:
        """Samples that a model was not asked about, since they or equal ones had their rows."""
        have = sum(kind.derived + kind.reused + kind.skipped for kind in self.kinds)
        return have - self.computed if self.calls != Calls() else 0

    @property
    def rows_per_second(self) -> float | None:
        """Samples computed per second; None when nothing was."""
        return self.computed / self.seconds if self.computed and self.seconds else None

    def of(self, dataset: str) -> list[KindReport]:
        """The reports of a dataset."""
        return [kind for kind in self.kinds if kind.dataset == dataset]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "relation": self.relation,
            "computed": self.computed,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "model": {**asdict(self.calls), "tokens_per_second": self.calls.tokens_per_second},
            "saved": self.saved,
            "stopped": self.stopped,
            "kinds": [asdict(kind) for kind in self.kinds],
        }
