"""How far two orders of the same things agree: rank correlation and decision accuracy, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipelines.ranking.intervals import Interval, around, fisher

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How far two orders agree.

    - spearman: rank correlation with the interval of Fisher; p: of no correlation.
    - accuracy: share of pairs that both order alike (a tie of the first counts half), with interval; pairs: how many.
    """

    spearman: Interval
    p: float | None
    accuracy: Interval
    pairs: int

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {
            "spearman": self.spearman.as_dict(),
            "p": self.p,
            "accuracy": self.accuracy.as_dict(),
            "pairs": self.pairs,
        }


def agreement(
    guess: Floats, truth: Floats, *, level: float = 0.95, certain: npt.NDArray[np.bool_] | None = None
) -> Agreement:
    """Compare what guesses at an order with the truth; pairs with a missing number (NaN) are left out.

    - certain: pairs of things that count, as a matrix; all by default.
    """
    both = np.isfinite(guess) & np.isfinite(truth)
    x, y = guess[both], truth[both]
    wanted = None if certain is None else certain[np.ix_(both, both)]
    accuracy, pairs = _accuracy(x, y, wanted, level)
    return Agreement(*_spearman(x, y, level), accuracy, pairs)


def _spearman(x: Floats, y: Floats, level: float) -> tuple[Interval, float | None]:
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Interval(None, n=n), None
    rho = float(np.clip(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1], -1, 1))
    if abs(rho) == 1:
        return fisher(rho, n, level=level), 0.0
    t = rho * math.sqrt((n - 2) / (1 - rho * rho))
    return fisher(rho, n, level=level), float(2 * stats.t.sf(abs(t), n - 2))


def _accuracy(x: Floats, y: Floats, wanted: npt.NDArray[np.bool_] | None, level: float) -> tuple[Interval, int]:
    """Share of pairs ordered alike; its interval is the jackknife's over things, since pairs share them.

    No interval where leaving out one thing changes nothing: all pairs agree, or none does.
    """
    n = len(x)
    dx, dy = np.sign(x[:, None] - x[None, :]), np.sign(y[:, None] - y[None, :])
    counted = dy != 0
    if wanted is not None:
        counted &= wanted
    np.fill_diagonal(counted, val=False)
    alike = np.where(counted, (dx * dy + 1) / 2, 0.0)
    pairs = int(counted.sum()) // 2
    if not pairs:
        return Interval(None, n=n), 0
    value = float(alike.sum() / (2 * pairs))
    left_pairs = pairs - counted.sum(axis=1)
    left_alike = alike.sum() / 2 - alike.sum(axis=1)
    if n < 4 or (left_pairs <= 0).any():
        return Interval(value, n=n), pairs
    left = left_alike / left_pairs
    variance = (n - 1) / n * float(((left - left.mean()) ** 2).sum())
    if variance == 0:
        return Interval(value, n=n), pairs
    return around(value, variance, n - 1, level=level, n=n).within(0, 1), pairs
