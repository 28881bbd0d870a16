"""Correlations of every two axes over the samples that have both values.

Axes that lack values at the same samples are correlated together, as the product of two matrices: a value is ranked
once for all axes that share its samples, not once for each pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FEWEST = 3
"""Samples that a correlation needs."""


@dataclass(frozen=True)
class Correlation:
    """How two axes go together over all profiled samples.

    - n: samples with both values.
    - pearson: linear; None for fewer than 3 samples or where an axis does not vary among them.
    - spearman: of the ranks, ties in the middle; None as for pearson.
    """

    axis: str
    other: str
    n: int
    pearson: float | None
    spearman: float | None


def correlated(values: Mapping[str, Floats]) -> Iterator[Correlation]:
    """Each pair of axes, in order of their names, that some sample has both values of; NaN is no value."""
    groups: dict[bytes, _Group] = {}
    for axis in sorted(values):
        here = ~np.isnan(values[axis])
        if here.any():
            groups.setdefault(here.tobytes(), _Group(here)).add(axis, values[axis])
    found: list[Correlation] = []
    for number, first in enumerate(list(groups.values())):
        for second in list(groups.values())[number:]:
            found += _between(first, second)
    yield from sorted(found, key=lambda pair: (pair.axis, pair.other))


@dataclass
class _Group:
    """Axes that have values at the same samples.

    - columns: their values at all samples; codes: the place of each value among the different ones, in order.
    """

    here: Mask
    axes: list[str] = field(default_factory=list)
    columns: list[Floats] = field(default_factory=list)
    codes: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def add(self, axis: str, column: Floats) -> None:
        """One more."""
        codes = np.zeros(len(column), np.int64)
        codes[self.here] = np.unique(column[self.here], return_inverse=True)[1]
        self.axes.append(axis)
        self.columns.append(column)
        self.codes.append(codes)

    def at(self, rows: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Mask]:
        """Values and ranks at some samples, centred and of length 1, a row per axis; and which of them vary."""
        values = np.stack([column[rows] for column in self.columns])
        ranks = np.stack([_ranks(codes[rows]) for codes in self.codes])
        return _unit(values), _unit(ranks), values.min(axis=1) < values.max(axis=1)


def _between(first: _Group, second: _Group) -> Iterator[Correlation]:
    rows = np.flatnonzero(first.here & second.here)
    if not len(rows):
        return
    x, x_ranks, x_varies = first.at(rows)
    y, y_ranks, y_varies = (x, x_ranks, x_varies) if second is first else second.at(rows)
    pearson, spearman = (np.clip(a @ b.T, -1.0, 1.0) for a, b in ((x, y), (x_ranks, y_ranks)))
    valid = np.logical_and.outer(x_varies, y_varies) & (len(rows) >= FEWEST)
    for i, axis in enumerate(first.axes):
        for j, other in enumerate(second.axes):
            if second is first and other <= axis:
                continue
            names = (axis, other) if axis < other else (other, axis)
            both = (float(pearson[i, j]), float(spearman[i, j])) if valid[i, j] else (None, None)
            yield Correlation(*names, len(rows), *both)


def _ranks(codes: npt.NDArray[np.int64]) -> Floats:
    """Ranks, ties in the middle."""
    counts = np.bincount(codes)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    return ranks


def _unit(rows: Floats) -> Floats:
    """Each row less its mean, divided by its length; zeros stay. Scaled first, so that no square overflows."""
    scaled = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.finfo(float).tiny)
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=1, keepdims=True))
    unit: Floats = centred / np.where(length > 0, length, 1.0)
    return unit
