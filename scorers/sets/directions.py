"""Which vectors have a direction: one rule for every axis of embeddings, applied where vectors are made and loaded.

A vector with a value that is not finite, or of a length not from 1e-12 to 1e12, has none. It counts as not embedded:
left out of what is measured, against coverage. So no axis meets a division by 0 or an overflow of float32 products.
"""

from __future__ import annotations

import numpy as np

from scorers.batch import Mask
from scorers.collection import Vectors

SHORTEST, LONGEST = 1e-12, 1e12

NO_DIRECTION = f"the embedding has no direction: its length is not from {SHORTEST:g} to {LONGEST:g}"

_TILE = 4096


def directed(rows: Vectors) -> Mask:
    """bool[n]: which rows have a direction."""
    found = np.zeros(len(rows), np.bool_)
    for start in range(0, len(rows), _TILE):
        part = rows[start : start + _TILE].astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", part, part))
        found[start : start + _TILE] = (lengths >= SHORTEST) & (lengths <= LONGEST)  # false for NaN
    return found


def keep_directed(vectors: Vectors) -> tuple[Vectors, Mask]:
    """The rows that have a direction, moved to the front in place, and which rows they were."""
    kept = directed(vectors)
    if kept.all():
        return vectors, kept
    places = np.flatnonzero(kept)
    for start in range(0, len(places), _TILE):
        part = places[start : start + _TILE]
        vectors[start : start + len(part)] = vectors[part]
    return vectors[: len(places)], kept
