"""Distances and similarities between rows, pair by pair or all of one tile with all of another, in float64."""

from __future__ import annotations

import numpy as np

from scorers.batch import Floats


def paired(a: Floats, b: Floats, metric: str) -> Floats:
    """float64[n]: the distance of each row of a to the same row of b; cosine is 1 for a row of zeros."""
    if metric == "cosine":
        product = np.einsum("ij,ij->i", a, b)
        scale = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
        found: Floats = 1.0 - np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)
        return found
    difference = a - b
    if metric == "manhattan":
        by_blocks: Floats = np.abs(difference).sum(axis=1)
        return by_blocks
    squared: Floats = np.einsum("ij,ij->i", difference, difference)
    return squared if metric == "squared_euclidean" else np.sqrt(squared)


def crossed(a: Floats, b: Floats, metric: str) -> Floats:
    """float64[n, m]: the distance of every row of a to every row of b."""
    if metric == "manhattan":
        from scorers.kernels.nearest import manhattan  # late: numba

        return manhattan(a, b)
    product = a @ b.T
    lengths_a, lengths_b = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    if metric == "cosine":
        scale = np.sqrt(lengths_a[:, None] * lengths_b[None, :])
        found: Floats = 1.0 - np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)
        return found
    squared: Floats = np.maximum(lengths_a[:, None] + lengths_b[None, :] - 2.0 * product, 0.0)
    return squared if metric == "squared_euclidean" else np.sqrt(squared)
