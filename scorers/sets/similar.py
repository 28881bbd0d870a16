"""Pairs of rows that point the same way: clustered first, compared inside clusters (Abbas et al. 2023, "SemDeDup").

A row is compared with the rows that have its cluster among their nearest two, so a pair is missed only where the
border of two clusters and a third one lie between its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Floats
from scorers.collection import Collection, Vectors
from scorers.sets.clusters import clusters
from scorers.sets.vectors import fast_rows, in_threads, tiles

Longs = npt.NDArray[np.int64]

WHOLE = 8192
"""So many rows are compared all with all."""

TRAINED = 50_000
PROBES = 2
_PRODUCTS = 1 << 23
_SLACK = 1e-4  # of float32 products; what is kept is computed again


class Similar(NamedTuple):
    """Pairs of rows, the earlier first, with their cosines; and how many rows had more neighbours than were kept."""

    left: Longs
    right: Longs
    cosine: npt.NDArray[np.float32]
    crowded: int


def similar(
    collection: Collection, threshold: float, *, most: int, seed: int, advance: Callable[[float], None] | None = None
) -> Similar:
    """Pairs of rows with a cosine from a threshold on; of each row at most its `most` closest neighbours in a cluster.

    - collection: rows of length 1, in any order.
    - advance: told how many rows are done.
    """
    n = len(collection)
    places = _clustered(collection, seed) if n > WHOLE else np.zeros((n, 1), np.int64)
    k = int(places.max(initial=-1)) + 1
    search = _Search(_lists(places[:, :1], k), _lists(places, k), threshold - _SLACK, most)
    work = partial(_compared, collection, search)
    keys, crowded = [np.empty(0, np.int64)], 0
    for cluster, (found, more) in enumerate(in_threads(collection, work, tiles(k, 1))):
        keys.append(found)
        crowded += more
        if advance is not None:
            advance(len(search.homes[cluster]))
    left, right = np.divmod(np.unique(np.concatenate(keys)), max(n, 1))
    cosine = _cosines(collection, left, right)
    kept = cosine >= threshold
    return Similar(left[kept], right[kept], cosine[kept].astype(np.float32), crowded)


def _clustered(collection: Collection, seed: int) -> Longs:
    """int64[n, 2]: the two nearest centres of every row, about sqrt(n) centres from a sample of the rows."""
    chance = np.random.default_rng(seed)
    chosen = np.sort(chance.choice(len(collection), min(TRAINED, len(collection)), replace=False))
    sample = Collection(collection.vectors[chosen], threads=collection.threads)
    centres = clusters(sample, math.isqrt(len(collection)), seed).centres.astype(np.float32)
    assign = partial(_nearest_centres, collection, centres)
    return np.concatenate(list(in_threads(collection, assign, tiles(len(collection)))))


def _nearest_centres(collection: Collection, centres: Vectors, part: slice) -> Longs:
    distances = np.einsum("ij,ij->i", centres, centres) / 2 - fast_rows(collection, part) @ centres.T
    probes = min(PROBES, len(centres))
    nearest = np.argpartition(distances, probes - 1, axis=1)[:, :probes]
    order = np.argsort(np.take_along_axis(distances, nearest, 1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, 1).astype(np.int64)


def _lists(places: Longs, k: int) -> list[Longs]:
    """For each cluster the rows that have it among their places, ascending."""
    order = np.argsort(places, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(places.ravel(), minlength=k))
    return np.split(order // places.shape[1], ends[:-1]) if k else []


class _Search(NamedTuple):
    """For each cluster the rows at home in it and those near it; the least product, and neighbours kept of a row."""

    homes: list[Longs]
    members: list[Longs]
    least: float
    most: int


def _compared(collection: Collection, search: _Search, part: slice) -> tuple[Longs, int]:
    """Pairs found from the rows at home in a cluster, as earlier * n + later, and how many rows were cut short."""
    home, near, n = search.homes[part.start], search.members[part.start], len(collection)
    most = search.most
    others = collection.vectors[near]
    found, crowded = [np.empty(0, np.int64)], 0
    for rows in tiles(len(home), max(1, _PRODUCTS // max(1, len(near)))):
        asked = home[rows]
        products = collection.vectors[asked] @ others.T
        products[np.arange(len(asked)), np.searchsorted(near, asked)] = -2.0
        close = products >= search.least
        over = np.flatnonzero(np.count_nonzero(close, axis=1) > most)
        if len(over):
            closest = np.argpartition(products[over], -most, axis=1)[:, -most:]
            close[over] = False
            close[over[:, None], closest] = True
            crowded += len(over)
        one, other = np.nonzero(close)
        first, second = asked[one], near[other]
        found.append(np.minimum(first, second) * n + np.maximum(first, second))
    return np.concatenate(found), crowded


def _cosines(collection: Collection, left: Longs, right: Longs) -> Floats:
    found = np.empty(len(left))
    for part in tiles(len(left)):
        one, other = (collection.vectors[side[part]].astype(np.float64) for side in (left, right))
        lengths = np.einsum("ij,ij->i", one, one) * np.einsum("ij,ij->i", other, other)
        found[part] = np.einsum("ij,ij->i", one, other) / np.sqrt(lengths)
    return found
