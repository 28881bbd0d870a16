"""One exact index of nearest rows, shared by every axis that asks for neighbours.

Candidates come from tiled float32 products; their distances are computed again in float64, so that near-duplicates
do not drown in rounding. Equal rows are indexed once and counted: no row is compared with its own copies.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Floats
from scorers.collection import Collection, Vectors
from scorers.sets.vectors import TILE, exact_rows, fast_rows, in_threads, tiles

Longs = npt.NDArray[np.int64]

_SPARE = 8
"""Candidates kept beyond those wanted: what rounding may have put in the wrong order."""

_ROWS = 1024


class Distinct(NamedTuple):
    """The distinct rows of a collection: they themselves, which one each row is, and how many rows each stands for."""

    rows: Collection
    of: Longs
    counts: Longs


class Nearest(NamedTuple):
    """The k nearest other distinct rows of distinct rows: squared distances, ascending, and which rows they are."""

    squared: Floats
    where: Longs


def distinct(collection: Collection) -> Distinct:
    """Equal rows, found by their bytes; in order of first occurrence."""
    whole: Vectors = collection.vectors
    digests = np.concatenate([_digests(whole[part]) for part in tiles(len(whole))])
    order = np.lexsort(digests.T)
    starts = np.concatenate([[True], (np.diff(digests[order], axis=0) != 0).any(axis=1)])
    groups = np.empty(len(whole), np.int64)
    groups[order] = np.cumsum(starts) - 1
    first = np.full(int(starts.sum()), len(whole))
    np.minimum.at(first, groups, np.arange(len(whole)))
    if len(first) == len(whole):
        every = np.arange(len(whole))
        return Distinct(collection, every, np.ones_like(every))
    ranks = np.argsort(np.argsort(first))
    of = ranks[groups]
    return Distinct(Collection(whole[np.sort(first)], threads=collection.threads), of, np.bincount(of))


def _digests(rows: Vectors) -> npt.NDArray[np.uint64]:
    """uint64[n, 2]: 128 bits of the bytes of each row; -0 is 0."""
    import xxhash

    joined = b"".join(xxhash.xxh3_128_digest(row) for row in np.ascontiguousarray(rows + np.float32(0)))
    return np.frombuffer(joined, np.uint64).reshape(-1, 2)


def neighbours(collection: Collection, k: int, form: str, queries: int | None = None) -> Nearest:
    """The k nearest of every distinct row (or the first `queries`), by squared Euclidean distance in that form.

    The form `manhattan` is of the raw rows by the squared sum of differences, without products and many times slower.
    """
    rows = collection.derive(distinct).rows
    k = min(k, len(rows) - 1)
    most = len(rows) if queries is None else min(queries, len(rows))
    search = partial(_nearest_by_sum, rows, k) if form == "manhattan" else partial(_nearest, rows, k, form)
    found = list(in_threads(rows, search, tiles(most, _ROWS)))
    return Nearest(np.concatenate([part.squared for part in found]), np.concatenate([part.where for part in found]))


def _nearest(rows: Collection, k: int, form: str, part: slice) -> Nearest:
    from scorers.kernels.nearest import keep_nearest  # late: numba

    asked = fast_rows(rows, part, form)
    kept = max(1, min(k + _SPARE, len(rows) - 1))
    best = np.full((len(asked), kept), np.inf, np.float32)
    where = np.zeros((len(asked), kept), np.int64)
    squares = _squares(asked)
    for others in tiles(len(rows), TILE):
        tile = fast_rows(rows, others, form)
        keep_nearest(asked @ tile.T, squares, _squares(tile), part.start, others.start, best, where)
    found = _refined(rows, part, where, form)
    found[~np.isfinite(best)] = np.inf
    order = np.argsort(found, axis=1, kind="stable")[:, :k]
    return Nearest(np.take_along_axis(found, order, 1), np.take_along_axis(where, order, 1))


def _nearest_by_sum(rows: Collection, k: int, part: slice) -> Nearest:
    from scipy.spatial.distance import cdist  # late: 0.2 s

    asked = exact_rows(rows, part, "raw")
    best = np.full((len(asked), 0), np.inf)
    where = np.zeros((len(asked), 0), np.int64)
    for others in tiles(len(rows), _ROWS):
        sums = cdist(asked, exact_rows(rows, others, "raw"), "cityblock")
        own = np.arange(max(part.start, others.start), min(part.start + len(asked), others.start + sums.shape[1]))
        sums[own - part.start, own - others.start] = np.inf
        best = np.concatenate([best, sums], axis=1)
        where = np.concatenate([where, np.broadcast_to(np.arange(sums.shape[1]) + others.start, sums.shape)], axis=1)
        order = np.argsort(best, axis=1, kind="stable")[:, :k]
        best, where = np.take_along_axis(best, order, 1), np.take_along_axis(where, order, 1)
    return Nearest(best**2, where)


def _squares(rows: Vectors) -> Vectors:
    found: Vectors = np.einsum("ij,ij->i", rows, rows)
    return found


def _refined(rows: Collection, part: slice, where: Longs, form: str) -> Floats:
    """float64[rows, kept]: the squared distances of candidates, without the rounding of products."""
    candidates = rows.vectors[where.ravel()].astype(np.float64).reshape(*where.shape, -1)
    if form == "unit":
        candidates /= np.sqrt(np.einsum("ijk,ijk->ij", candidates, candidates))[:, :, None]
    candidates -= exact_rows(rows, part, form)[:, None, :]
    squared: Floats = np.einsum("ijk,ijk->ij", candidates, candidates)
    return squared
