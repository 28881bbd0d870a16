"""Krippendorff's alpha: agreement of any number of raters, with values missing.

Krippendorff 2011, "Computing Krippendorff's alpha-reliability". alpha = 1 - D_o / D_e over the matrix of coincidences.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from pipelines.calibrating.agreement import Numbers

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: Numbers, level: Level) -> float | None:
    """The alpha of float64[raters, units], NaN where a rater said nothing.

    None where no unit has two ratings, or all ratings are the same.
    """
    given = ~np.isnan(ratings)
    pairable = given.sum(axis=0) >= 2
    if not pairable.any():
        return None
    values, places = np.unique(ratings[:, pairable][given[:, pairable]], return_inverse=True)
    units = np.broadcast_to(np.arange(int(pairable.sum())), (len(ratings), int(pairable.sum())))[given[:, pairable]]
    counts = np.zeros((int(pairable.sum()), len(values)))
    np.add.at(counts, (units, places), 1.0)
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1.0)
    coincidences = counts.T @ weighted - np.diag(weighted.sum(axis=0))
    totals = coincidences.sum(axis=1)
    distances = _distances(values, totals, level)
    expected = float(totals @ distances @ totals) / (totals.sum() - 1.0)
    return None if expected == 0.0 else 1.0 - float((coincidences * distances).sum()) / expected


def _distances(values: Numbers, totals: Numbers, level: Level) -> Numbers:
    """Squared differences of values at a level of measurement."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    places = values if level == "interval" else np.cumsum(totals) - totals / 2.0
    return np.asarray((places[:, None] - places[None, :]) ** 2)
