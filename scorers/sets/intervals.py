"""95 % intervals of means taken from a random sample of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from scorers.batch import Floats

_NORMAL = 1.959964


def of_pairs(per_row: Floats, n: int) -> dict[str, Any]:
    """Facts of a mean over all pairs of m rows out of n; `per_row` holds each row's mean over its partners."""
    return _facts(per_row, n, 2.0)


def of_rows(per_row: Floats, n: int) -> dict[str, Any]:
    """Facts of a mean over m rows out of n."""
    return _facts(per_row, n, 1.0)


def _facts(per_row: Floats, n: int, factor: float) -> dict[str, Any]:
    m = len(per_row)
    if m >= n:
        return {"exact": True}
    error = factor * float(per_row.std(ddof=1)) / np.sqrt(m) * np.sqrt(1 - m / n)
    middle = float(per_row.mean())
    return {"exact": False, "rows": m, "interval": [middle - _NORMAL * error, middle + _NORMAL * error]}
