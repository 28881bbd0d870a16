"""What a judge's score depends on besides quality: the order in which it was asked, and length.

Order: the same samples judged twice, the second time with the parts of the prompt in another order (rubric order bias,
arXiv 2506.22316). Length: a regression of the score on the label and the logarithm of the length, as in
length-controlled comparisons (arXiv 2404.04475), with standard errors that allow for unequal variances (HC3).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from pipelines.calibrating.agreement import Numbers

FEWEST = 8
"""Samples below which a slope is not estimated: three coefficients, and something left to judge them by."""


@dataclass(frozen=True)
class Effect:
    """An effect with its interval; biased where the interval leaves out 0.

    - n: samples it was estimated from.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def biased(self) -> bool:
        """Whether 0 is outside the interval."""
        return not self.low <= 0.0 <= self.high


@dataclass(frozen=True)
class OrderBias:
    """What another order of the prompt does: the mean shift of the score, and the share of samples that move."""

    shift: Effect
    moved: float


def mean_shift(first: Numbers, second: Numbers, *, confidence: float = 0.95) -> Effect | None:
    """The mean of `second - first` of the same samples with a t interval; None for fewer than two."""
    difference = second - first
    if len(difference) < 2:
        return None
    error = float(difference.std(ddof=1)) / sqrt(len(difference))
    reach = float(stats.t.ppf((1.0 + confidence) / 2.0, len(difference) - 1)) * error
    mean = float(difference.mean())
    return Effect(mean, mean - reach, mean + reach, len(difference))


def order_bias(first: Numbers, second: Numbers, *, confidence: float = 0.95) -> OrderBias | None:
    """What asking in another order does to the scores of the same samples; None for fewer than two."""
    shift = mean_shift(first, second, confidence=confidence)
    return None if shift is None else OrderBias(shift, float(np.mean(first != second)))


def length_bias(labels: Numbers, scores: Numbers, lengths: Numbers, *, confidence: float = 0.95) -> Effect | None:
    """Points of score per doubling of length at equal label; None where lengths or labels leave it undetermined."""
    design = np.column_stack([np.ones(len(labels)), labels, np.log2(np.maximum(lengths, 1.0))])
    if np.ptp(labels, axis=0) == 0.0:
        design = design[:, [0, 2]]
    if len(labels) < FEWEST or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ scores
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    residuals = (scores - design @ slopes) / np.maximum(1.0 - leverage, 1e-9)
    spread = design.T @ (design * residuals[:, None] ** 2)
    error = float(np.sqrt((inverse @ spread @ inverse)[-1, -1]))
    reach = float(stats.t.ppf((1.0 + confidence) / 2.0, len(labels) - design.shape[1])) * error
    return Effect(float(slopes[-1]), float(slopes[-1]) - reach, float(slopes[-1]) + reach, len(labels))
