"""What planning and scoring say: plain values, for people, JSON and asset metadata."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from scorers.engines.estimates import Forecast

if TYPE_CHECKING:
    from pipelines.deriving.reports import DeriveReport


@dataclass(frozen=True)
class AxisPlan:
    """What scoring would do for one axis of one dataset.

    - scored: samples that have the axis in this version.
    - reused: samples that would get it from equal content, elsewhere or in the same dataset.
    - to_run: samples to compute.
    - seconds: estimate from the declared cost and the length of the texts, on all cores.
    - waiting: samples without the stored rows that the axis is computed from.
    """

    dataset: str
    axis: str
    scorer_version: str
    samples: int
    scored: int
    reused: int
    to_run: int
    seconds: float
    waiting: int = 0


@dataclass(frozen=True)
class InputPlan:
    """What scoring would derive first: rows of one kind of a stored relation, for one dataset; see `KindPlan`.

    - forecast: what it will take, where that can be said.
    """

    relation: str
    dataset: str
    kind: str
    version: str
    samples: int
    held: int
    reused: int
    to_run: int
    forecast: Forecast | None = None


@dataclass(frozen=True)
class ScorePlan:
    """What scoring would do; nothing was run."""

    axes: tuple[AxisPlan, ...]
    inputs: tuple[InputPlan, ...] = ()

    @property
    def seconds(self) -> float:
        """Estimated time of the whole, but for what nobody knows the time of."""
        known = (each.forecast.seconds for each in self.inputs if each.forecast and each.forecast.seconds)
        return sum(axis.seconds for axis in self.axes) + sum(known)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "seconds": self.seconds,
            "axes": [asdict(axis) for axis in self.axes],
            "inputs": [asdict(each) for each in self.inputs],
        }


@dataclass(frozen=True)
class AxisReport:
    """What scoring did for one axis of one dataset.

    - scored: samples computed, equal content counted with its copies; reused: copied from other samples' scores.
    - skipped: samples that had the axis already.
    - statuses: status -> samples, of all scores of the axis now.
    - waiting: samples that lack what the axis is computed from; waits_for: what that is, and why it is not there.
    """

    dataset: str
    axis: str
    scorer_version: str
    scored: int
    reused: int
    skipped: int
    statuses: dict[str, int]
    waiting: int = 0
    waits_for: tuple[str, ...] = ()

    @property
    def coverage(self) -> float | None:
        """Share of the samples that have a value; None for a dataset without samples."""
        total = sum(self.statuses.values()) + self.waiting
        return self.statuses.get("ok", 0) / total if total else None


@dataclass(frozen=True)
class SetReport:
    """One axis measured over a whole dataset, as it now stands.

    - n: samples it was computed from; coverage: their share of the dataset.
    - detail: why there is no value.
    - computed: whether it was measured now; False where what was stored still holds.
    """

    dataset: str
    axis: str
    scorer_version: str
    value: float | None
    status: str
    n: int
    coverage: float | None
    detail: str | None
    computed: bool


@dataclass(frozen=True)
class ScoreReport:
    """What scoring did.

    - computed: samples whose texts were read and measured, equal content once.
    - refreshed: datasets whose part of the wide table was rewritten.
    - sets: axes of whole datasets.
    - inputs: what was derived first.
    """

    axes: tuple[AxisReport, ...]
    computed: int
    seconds: float
    refreshed: tuple[str, ...]
    sets: tuple[SetReport, ...] = ()
    inputs: tuple[DeriveReport, ...] = ()

    @property
    def rows_per_second(self) -> float | None:
        """Samples computed per second, all their axes in one pass; None when nothing was computed."""
        return self.computed / self.seconds if self.computed and self.seconds else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "computed": self.computed,
            "scored": sum(axis.scored for axis in self.axes),
            "reused": sum(axis.reused for axis in self.axes),
            "skipped": sum(axis.skipped for axis in self.axes),
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "refreshed": list(self.refreshed),
            "axes": [{**asdict(axis), "coverage": axis.coverage} for axis in self.axes],
            "sets": [asdict(measure) for measure in self.sets],
            "inputs": [each.as_dict() for each in self.inputs],
        }
