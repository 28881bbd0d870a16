"""Agreement of a judge with labels: weighted kappa, the confusion of both, Youden's J.

Cohen 1968, doi 10.1037/h0026256; Youden 1950, Cancer 3:32-35. Kappa alone is weak (arXiv 2510.09738), so it is never
shown without the table it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Weights = Literal["none", "linear", "quadratic"]


@dataclass(frozen=True)
class Confusion:
    """How often each label met each score.

    - labels, scores: the values that occur, rising.
    - counts: int64[labels, scores].
    """

    labels: tuple[float, ...]
    scores: tuple[float, ...]
    counts: Counts


@dataclass(frozen=True)
class Cut:
    """Label and score as yes or no, at or above a threshold.

    - sensitivity: share of labels above that the judge puts above; specificity: share of labels below that it puts
      below; None where there are none.
    - positives, negatives: how many labels are above and below.
    """

    threshold: float
    sensitivity: float | None
    specificity: float | None
    positives: int
    negatives: int

    @property
    def youden(self) -> float | None:
        """Sensitivity + specificity - 1: 0 says nothing, 1 is perfect; None where either is unknown."""
        if self.sensitivity is None or self.specificity is None:
            return None
        return self.sensitivity + self.specificity - 1.0


def confusion(labels: Numbers, scores: Numbers) -> Confusion:
    """The table of labels and scores of the same samples."""
    rows, row_of = np.unique(labels, return_inverse=True)
    columns, column_of = np.unique(scores, return_inverse=True)
    counts = np.zeros((len(rows), len(columns)), np.int64)
    np.add.at(counts, (row_of, column_of), 1)
    return Confusion(tuple(map(float, rows)), tuple(map(float, columns)), counts)


def weighted_kappa(labels: Numbers, scores: Numbers, weights: Weights = "quadratic") -> float | None:
    """Cohen's kappa of two raters, disagreements weighed by (the square of) their distance on the scale.

    None where chance would agree fully: one value throughout, or no samples. With more than a few hundred values the
    scale is continuous and quadratic kappa is Lin's concordance; it needs no table then.
    """
    if not len(labels):
        return None
    if weights == "none":
        observed = float(np.mean(labels != scores))
        values, places = np.unique(np.concatenate([labels, scores]), return_inverse=True)
        share = [np.bincount(part, minlength=len(values)) / len(labels) for part in np.split(places, 2)]
        expected = 1.0 - float(share[0] @ share[1])
    elif weights == "quadratic":
        observed = float(np.mean((labels - scores) ** 2))
        expected = float(labels.var() + scores.var() + (labels.mean() - scores.mean()) ** 2)
    else:
        observed = float(np.mean(np.abs(labels - scores)))
        expected = _mean_distance(labels, scores)
    return None if expected == 0.0 else 1.0 - observed / expected


def _mean_distance(some: Numbers, others: Numbers) -> float:
    """The mean |a - b| over all pairs, in n log n: prefix sums over the sorted others."""
    ordered = np.sort(others)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    below = np.searchsorted(ordered, some)
    distance = some * below - sums[below] + (sums[-1] - sums[below]) - some * (len(ordered) - below)
    return float(distance.sum() / (len(some) * len(others)))


def cut(labels: Numbers, scores: Numbers, threshold: float) -> Cut:
    """Sensitivity and specificity of `score >= threshold` for `label >= threshold`."""
    above, said = labels >= threshold, scores >= threshold
    positives, negatives = int(above.sum()), int((~above).sum())
    return Cut(
        threshold,
        float(said[above].mean()) if positives else None,
        float((~said)[~above].mean()) if negatives else None,
        positives,
        negatives,
    )
