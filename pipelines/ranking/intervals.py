"""Intervals of single numbers: shares, means, correlations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A number with its interval; both ends are None where nothing can be said about them."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0

    def within(self, least: float, most: float) -> Interval:
        """The same, cut where the number cannot be: no true value lies there, so the interval keeps its level."""
        if self.low is None or self.high is None:
            return self
        return replace(self, low=max(least, self.low), high=min(most, self.high))

    def as_dict(self) -> dict[str, float | int | None]:
        """Plain values, for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def wilson(right: float, n: int, *, level: float = 0.95) -> Interval:
    """A share of n items with the interval of Wilson (1927), which keeps its level for small n and near 0 and 1."""
    if n == 0:
        return Interval(None)
    z = float(stats.norm.ppf(0.5 + level / 2))
    share = right / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half), n)


def jeffreys(right: float, n: int, *, level: float = 0.95) -> Interval:
    """A share of n items with the equal-tailed Beta interval of the prior of Jeffreys; closed at 0 and at n."""
    if n == 0:
        return Interval(None)
    tail = (1 - level) / 2
    low = 0.0 if right <= 0 else float(stats.beta.ppf(tail, right + 0.5, n - right + 0.5))
    high = 1.0 if right >= n else float(stats.beta.ppf(1 - tail, right + 0.5, n - right + 0.5))
    return Interval(right / n, low, high, n)


def around(value: float, variance: float, df: float, *, level: float = 0.95, n: int = 0) -> Interval:
    """A mean with the interval of Student for a variance of that mean estimated with `df` degrees of freedom."""
    if not df > 0:
        return Interval(value, n=n)
    quantile = stats.norm.ppf(0.5 + level / 2) if math.isinf(df) else stats.t.ppf(0.5 + level / 2, df)
    half = float(quantile) * math.sqrt(variance)
    return Interval(value, value - half, value + half, n)


def fisher(correlation: float, n: int, *, level: float = 0.95) -> Interval:
    """A correlation of n pairs with the interval of Fisher (1921): artanh, standard error 1 / sqrt(n - 3)."""
    if n < 4:
        return Interval(correlation, n=n)
    if abs(correlation) >= 1:
        return Interval(correlation, correlation, correlation, n)
    half = float(stats.norm.ppf(0.5 + level / 2)) / math.sqrt(n - 3)
    centre = math.atanh(correlation)
    return Interval(correlation, math.tanh(centre - half), math.tanh(centre + half), n)
