"""What calibrating measured, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipelines.calibrating.agreement import Confusion, Cut
from pipelines.calibrating.bias import Effect
from pipelines.calibrating.corrected import Corrected


@dataclass(frozen=True)
class MeanReport:
    """The corrected mean (or share above the threshold) of a dataset; detail says why there is none."""

    dataset: str
    method: str
    raw: float | None
    labelled: int
    unlabelled: int
    corrected: Corrected | None = None
    detail: str = ""

    def as_row(self, axis: str, version: str) -> dict[str, Any]:
        """The row of `calibrated_means`."""
        found = self.corrected
        return {
            "axis": axis,
            "scorer_version": version,
            "dataset": self.dataset,
            "method": self.method,
            "value": found and found.value,
            "low": found and found.low,
            "high": found and found.high,
            "raw": self.raw,
            "labelled": self.labelled,
            "unlabelled": self.unlabelled,
            "trust": found and found.trust,
            "detail": self.detail or None,
        }


@dataclass(frozen=True)
class CalibrationReport:
    """How far an axis agrees with labels, and what follows.

    - against: where the labels come from; n: samples with both; unmatched: labels of samples that are not judged.
    - kappa: by weights (none, linear, quadratic); alpha: of the people and the judge, by level of measurement.
    - human_alpha: interval alpha of the people among themselves, where samples have several labels.
    - shift: mean of score minus label, with its interval.
    - length: points of score per doubling of length at equal label.
    """

    axis: str
    scorer_version: str
    against: str
    labels_hash: str
    n: int
    unmatched: int
    kappa: dict[str, float | None]
    alpha: dict[str, float | None]
    human_alpha: float | None
    confusion: Confusion
    cut: Cut
    shift: Effect
    length: Effect | None
    means: tuple[MeanReport, ...]
    confidence: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            **asdict(self),
            "confusion": {**asdict(self.confusion), "counts": self.confusion.counts.tolist()},
            "cut": {**asdict(self.cut), "youden": self.cut.youden},
            "means": [each.as_row(self.axis, self.scorer_version) for each in self.means],
        }
