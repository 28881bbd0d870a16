"""k-means by Lloyd's iteration over tiles, begun by seeded k-means++ on the first rows."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scorers.batch import Floats
from scorers.collection import Collection
from scorers.sets.distances import crossed
from scorers.sets.vectors import exact_rows, fast_rows, in_threads, tiles

Labels = npt.NDArray[np.int64]

BEGINNING = 20_000
ITERATIONS = 100


class Clusters(NamedTuple):
    """float64[k, d] centres, int64[n] labels, and how many iterations it took."""

    centres: Floats
    labels: Labels
    iterations: int


def clusters(collection: Collection, k: int, seed: int) -> Clusters:
    """Rows in at most k clusters: fewer where there are fewer distinct rows.

    Ends when fewer than one label in a thousand changes.
    """
    centres = _begin(exact_rows(collection, slice(0, BEGINNING)), k, np.random.default_rng(seed))
    labels, iterations = np.full(len(collection), -1, np.int64), 0
    while iterations < ITERATIONS:
        iterations += 1
        sums, before = np.zeros_like(centres), labels
        found = list(in_threads(collection, partial(_assigned, collection, centres), tiles(len(collection))))
        labels = np.concatenate([part for part, _ in found])
        for _, part in found:
            sums += part
        if np.count_nonzero(labels != before) <= len(labels) // 1000:
            break
        counts = np.bincount(labels, minlength=len(centres))
        filled = counts > 0
        centres[filled] = sums[filled] / counts[filled, None]
    return Clusters(centres, labels, iterations)


def _assigned(collection: Collection, centres: Floats, part: slice) -> tuple[Labels, Floats]:
    """The nearest centre of every row of a tile, and the sum of the rows of each."""
    rows = fast_rows(collection, part)
    offsets = np.einsum("ij,ij->i", centres, centres) / 2
    labels = (rows @ centres.T.astype(np.float32) - offsets).argmax(axis=1)
    members = np.zeros((len(centres), len(rows)), np.float32)
    members[labels, np.arange(len(rows))] = 1
    return labels, (members @ rows).astype(np.float64)


def _begin(rows: Floats, k: int, chance: np.random.Generator) -> Floats:
    """k-means++: each centre is a row drawn with a chance proportional to its squared distance to those before."""
    chosen = [rows[chance.integers(len(rows))]]
    nearest = crossed(rows, chosen[0][None, :], "squared_euclidean")[:, 0]
    while len(chosen) < k:
        nearest[nearest < 1e-12] = 0.0
        mass = nearest.sum()
        if mass == 0:  # every row is a centre
            break
        chosen.append(rows[chance.choice(len(rows), p=nearest / mass)])
        nearest = np.minimum(nearest, crossed(rows, chosen[-1][None, :], "squared_euclidean")[:, 0])
    return np.array(chosen)
