"""Rows of a collection in tiles, their lengths, sums and second moments; nothing here holds more than a tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np

from scorers.batch import Floats
from scorers.collection import Collection, Vectors
from scorers.sets.directions import SHORTEST

T = TypeVar("T")

TILE = 4096
"""Rows of a tile: 6 MB at 384 dimensions, so that a product of two tiles stays near the processor."""


def tiles(n: int, rows: int = TILE) -> list[slice]:
    """The ranges that cut n rows into tiles."""
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


def in_threads(collection: Collection, work: Callable[[slice], T], parts: list[slice]) -> Iterator[T]:
    """`work` for every part, on the cores of the collection, results in order.

    Each product runs on one core: products that share cores wait for each other, long on a busy machine.
    """
    from threadpoolctl import threadpool_limits  # late, like every library of a scorer

    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(collection.threads, thread_name_prefix="sets") as pool,
    ):
        yield from pool.map(work, parts)


def lengths(collection: Collection) -> Floats:
    """float64[n]: the Euclidean length of every row."""
    found = np.empty(len(collection))
    for part in tiles(len(collection)):
        rows = collection.vectors[part].astype(np.float64)
        found[part] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return found


def exact_rows(collection: Collection, part: slice, form: str = "raw") -> Floats:
    """float64 rows of a tile: as they are (`raw`), of length 1 (`unit`), or centred first (`centred`)."""
    rows = collection.vectors[part].astype(np.float64)
    if form == "centred":
        rows -= rows.mean(axis=1, keepdims=True)
        length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    elif form == "unit":
        length = collection.derive(lengths)[part]
    else:
        return rows
    rows /= np.where(length >= SHORTEST, length, np.inf)[:, None]
    return rows


def constant_rows(collection: Collection) -> int:
    """How many rows hold one value only: taken from their own mean nothing is left, so no correlation is defined."""
    centred = (exact_rows(collection, part, "centred") for part in tiles(len(collection)))
    return sum(int(np.count_nonzero(~rows.any(axis=1))) for rows in centred)


def is_unit(collection: Collection) -> bool:
    """Whether every row has length 1 within float32 rounding, so that its unit form is itself."""
    return bool(len(collection)) and bool(np.abs(collection.derive(lengths) - 1).max() < 1e-6)


def fast_rows(collection: Collection, part: slice, form: str = "raw") -> Vectors:
    """float32 rows of a tile, in the forms of `exact_rows`; no copy where none is needed."""
    if form == "raw" or (form == "unit" and collection.derive(is_unit)):
        return collection.vectors[part]
    return exact_rows(collection, part, form).astype(np.float32)


def total(collection: Collection, form: str = "raw") -> Floats:
    """float64[d]: the sum of all rows."""
    found = np.zeros(collection.vectors.shape[1])
    for part in tiles(len(collection)):
        found += exact_rows(collection, part, form).sum(axis=0)
    return found


def second_moment(collection: Collection, form: str = "raw") -> Floats:
    """float64[d, d]: the sum over all rows of the outer product of a row with itself."""
    width = collection.vectors.shape[1]
    found = np.zeros((width, width))
    for moment in in_threads(collection, partial(_moment, collection, form), tiles(len(collection))):
        found += moment
    return found


def _moment(collection: Collection, form: str, part: slice) -> Floats:
    rows = exact_rows(collection, part, form)
    moment: Floats = rows.T @ rows
    return moment


def deviations(collection: Collection) -> Floats:
    """float64[d]: the population standard deviation of every dimension, by two passes."""
    mean = collection.derive(total) / len(collection)
    squares = np.zeros_like(mean)
    for part in tiles(len(collection)):
        squares += ((exact_rows(collection, part) - mean) ** 2).sum(axis=0)
    found: Floats = np.sqrt(squares / len(collection))
    return found


def squared_lengths(collection: Collection, form: str = "raw") -> float:
    """The sum over all rows of their squared length."""
    return sum(float((exact_rows(collection, part, form) ** 2).sum()) for part in tiles(len(collection)))
