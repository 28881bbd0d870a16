"""Distances and similarities between rows, pair by pair or all of one tile with all of another, in float64."""

from __future__ import annotations

import numpy as np

from scorers.batch import Floats
from scorers.sets.directions import SHORTEST


def paired(a: Floats, b: Floats, metric: str) -> Floats:
    """float64[n]: the distance of each row of a to the same row of b; cosine is 1 where one has no direction."""
    if metric == "cosine":
        product = np.einsum("ij,ij->i", a, b)
        return _cosine(product, np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b))
    difference = a - b
    if metric == "manhattan":
        by_blocks: Floats = np.abs(difference).sum(axis=1)
        return by_blocks
    squared: Floats = np.einsum("ij,ij->i", difference, difference)
    return squared if metric == "squared_euclidean" else np.sqrt(squared)


def _cosine(product: Floats, squares_a: Floats, squares_b: Floats) -> Floats:
    """1 - cosine from products and squared lengths; a centre of rows that cancel out has no direction."""
    has = (squares_a >= SHORTEST**2) & (squares_b >= SHORTEST**2)
    found: Floats = 1.0 - np.divide(product, np.sqrt(squares_a * squares_b), out=np.zeros_like(product), where=has)
    return found


def crossed(a: Floats, b: Floats, metric: str) -> Floats:
    """float64[n, m]: the distance of every row of a to every row of b."""
    if metric == "manhattan":
        from scorers.kernels.nearest import manhattan  # late: numba

        return manhattan(a, b)
    product = a @ b.T
    lengths_a, lengths_b = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    if metric == "cosine":
        return _cosine(product, lengths_a[:, None], lengths_b[None, :])
    squared: Floats = np.maximum(lengths_a[:, None] + lengths_b[None, :] - 2.0 * product, 0.0)
    return squared if metric == "squared_euclidean" else np.sqrt(squared)
