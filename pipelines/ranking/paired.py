"""Two models on the same items: exact test of McNemar, differences with intervals over clusters of items."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipelines.ranking.intervals import Interval, around

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairing:
    """Two models on the same items.

    - difference: mean of first less second with the interval of clustered differences.
    - only_first, only_second: items that one has right and the other wrong.
    - mcnemar: two-sided mid-p of the exact test; None where outcomes are not 0 and 1.
    - unpaired: half the width of the interval without pairing, to see what pairing gains.
    """

    difference: Interval
    clusters: int
    only_first: int
    only_second: int
    mcnemar: float | None
    unpaired: float | None

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {
            "difference": self.difference.as_dict(),
            "clusters": self.clusters,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "mcnemar": self.mcnemar,
            "unpaired": self.unpaired,
        }


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided mid-p of the exact test of McNemar (Fagerland, Lydersen, Laake 2013); 1 without discordant items."""
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    at = float(stats.binom.pmf(fewer, n, 0.5))
    if only_first == only_second:
        return 1 - at / 2
    return 2 * float(stats.binom.cdf(fewer, n, 0.5)) - at


def cluster_sums(values: Floats, groups: npt.NDArray[np.int64]) -> Floats:
    """Sums of values (items, …) by group numbers 0, 1, …: (groups, …)."""
    sums = np.zeros((int(groups.max()) + 1, *values.shape[1:]))
    np.add.at(sums, groups, values)
    return sums


def paired(
    first: Floats, second: Floats, groups: npt.NDArray[np.int64] | None = None, *, level: float = 0.95
) -> Pairing:
    """Compare outcomes (0 to 1) of two models item by item.

    - groups: number of the cluster of each item, from 0; each item alone by default. Clustered standard errors follow
      Miller (2024, arXiv 2411.00640).
    """
    n = len(first)
    groups = np.arange(n) if groups is None else groups
    differences = first - second
    mean = float(differences.mean())
    clusters = int(groups.max()) + 1
    sums = cluster_sums(differences - mean, groups)
    variance = float((sums**2).sum()) / n**2 * clusters / max(1, clusters - 1)
    alone = math.sqrt((first.var(ddof=1) + second.var(ddof=1)) / n) if n > 1 else math.nan
    binary = bool(np.isin(first, (0, 1)).all() and np.isin(second, (0, 1)).all())
    b, c = int((differences > 0).sum()), int((differences < 0).sum())
    return Pairing(
        around(mean, variance, clusters - 1, level=level, n=n),
        clusters,
        b,
        c,
        mcnemar(b, c) if binary else None,
        float(stats.t.ppf(0.5 + level / 2, n - 1)) * alone if n > 1 else None,
    )
