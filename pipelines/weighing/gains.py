"""Weights with which the means of axes order datasets as training on them does, tried on datasets held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.boards.findings import axes_of, deltas
from pipelines.boards.gather import Which
from pipelines.ranking.agreement import Agreement, agreement
from pipelines.weighing.search import Floats, search, written

KINDS = ("sample", "dataset", "published", "proxy")
"""Where a value of a dataset comes from, the first that has the axis: means of the lake before those published."""

LEAST = 8
"""Datasets below which nothing is learned: what is held out would be one or two."""


@dataclass(frozen=True)
class GainWeights:
    """Weights learned from the gains of a board.

    - weights: as the recipe `top_by_weights` takes them, of axes scaled to 0 (5th percentile) to 1 (95th).
    - held_out: agreement of what weights learned without a dataset say of it with its gain.
    - learned: agreement of the weights with the gains they were learned from, which flatters.
    - subjects: datasets learned from; left_out: those that lack an axis.
    """

    weights: str
    held_out: Agreement
    learned: Agreement
    subjects: int
    folds: int
    trials: int
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "weights": self.weights,
            "held_out": self.held_out.as_dict(),
            "learned": self.learned.as_dict(),
            "subjects": self.subjects,
            "folds": self.folds,
            "trials": self.trials,
            "left_out": list(self.left_out),
        }


def known_values(lake: Lake, which: Which, axes: Sequence[str]) -> tuple[list[str], Floats, Floats, tuple[str, ...]]:
    """Subjects with every axis and a gain, their values (n, axes) and gains (n,), and the subjects left out.

    Raises UnknownNameError for a measure or an axis that no subject has, UsageError where there are too few subjects.
    """
    gains = deltas(lake, which)
    if not gains:
        known = lake.rows(
            "select distinct measure from leaderboard where base = ? and origin = ? and grouping = ?",
            [which.base, which.origin, which.grouping],
        )
        if (which.measure,) not in known:
            raise UnknownNameError.of("domain or benchmark", which.measure, [str(name) for (name,) in known])
    found = axes_of(lake, which)
    columns = []
    for axis in axes:
        kind = next((kind for kind in KINDS if (axis, kind) in found), None)
        if kind is None:
            raise UnknownNameError.of("axis of the board", axis, {name for name, _ in found})
        columns.append(found[axis, kind])
    whole = sorted(subject for subject in gains if all(subject in column for column in columns))
    if len(whole) < LEAST:
        raise UsageError(
            f"Only {len(whole)} of {len(gains)} datasets with a gain have all of these axes; {LEAST} are needed.",
            hint="Score them, train on more of them, or take fewer axes.",
        )
    values = np.array([[column[subject] for column in columns] for subject in whole])
    left_out = tuple(sorted(gains.keys() - set(whole)))
    return whole, values, np.array([gains[subject] for subject in whole]), left_out


def learn(
    axes: Sequence[str],
    values: Floats,
    gains: Floats,
    *,
    trials: int,
    folds: int,
    seed: int,
    level: float,
    told: Callable[[int], None],
) -> tuple[Floats, Agreement, Agreement]:
    """Weights whose sum has the largest rank correlation with gains; agreement held out by fold, and as learned."""
    count = len(gains)
    of_fold = np.random.default_rng(seed).permutation(np.arange(count) % folds)
    guess = np.full(count, np.nan)
    for fold in range(folds):
        out = of_fold == fold
        weights, _ = search(axes, _loss(values[~out], gains[~out]), trials=trials, seed=seed, told=told)
        guess[out] = _line(values[~out], gains[~out], weights)(_unit(values[~out], values[out]) @ weights)
    weights, _ = search(axes, _loss(values, gains), trials=trials, seed=seed, told=told)
    flattered = agreement(_unit(values, values) @ weights, gains, level=level)
    return weights, agreement(guess, gains, level=level), flattered


def gain_weights(
    lake: Lake,
    which: Which,
    axes: Sequence[str],
    *,
    trials: int,
    folds: int,
    seed: int,
    level: float,
    told: Callable[[int], None],
) -> GainWeights:
    """Learn weights from a board; see `learn` and `known_values` for what is raised."""
    subjects, values, gains, left_out = known_values(lake, which, axes)
    weights, held_out, learned = learn(
        axes, values, gains, trials=trials, folds=folds, seed=seed, level=level, told=told
    )
    return GainWeights(written(axes, weights), held_out, learned, len(subjects), folds, trials, left_out)


def _unit(learned: Floats, values: Floats) -> Floats:
    """Values on the scale of those learned from: 0 at their 5th percentile, 1 at their 95th, not beyond."""
    low, high = np.quantile(learned, [0.05, 0.95], axis=0)
    return np.asarray(np.clip((values - low) / np.where(high > low, high - low, np.inf), 0, 1))


def _loss(values: Floats, gains: Floats) -> Callable[[Floats], float]:
    """1 less the rank correlation of a weighted sum with the gains."""
    unit, ranks = _unit(values, values), stats.rankdata(gains)

    def loss(weights: Floats) -> float:
        total = unit @ weights
        if np.ptp(total) == 0:
            return 1.0
        return 1 - float(np.corrcoef(stats.rankdata(total), ranks)[0, 1])

    return loss


def _line(values: Floats, gains: Floats, weights: Floats) -> Callable[[Floats], npt.NDArray[np.float64]]:
    """The gain that a weighted sum stands for, by least squares: sums of different folds are told in one unit."""
    total = _unit(values, values) @ weights
    slope = float(np.cov(total, gains)[0, 1] / total.var(ddof=1)) if np.ptp(total) else 0.0
    return lambda sums: gains.mean() + slope * (sums - total.mean())
