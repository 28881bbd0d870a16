"""Eigenvalues of the n x n matrix of similarities, by way of the d x d matrix that has the same ones."""

from __future__ import annotations

import numpy as np

from scorers.batch import Floats
from scorers.collection import Collection
from scorers.sets.vectors import exact_rows, second_moment


def spectrum(collection: Collection, form: str = "unit") -> Floats:
    """The min(n, d) largest eigenvalues of X X', ascending, none below 0; the other n - min(n, d) are 0."""
    if len(collection) < collection.vectors.shape[1]:
        rows = exact_rows(collection, slice(None), form)
        matrix = rows @ rows.T
    else:
        matrix = collection.derive(second_moment, form)
    found: Floats = np.maximum(np.linalg.eigvalsh(matrix), 0.0)
    return found


def entropy(shares: Floats) -> float:
    """Shannon entropy in nats of shares that sum to 1; those of 0 count for nothing."""
    present = shares[shares > 0]
    return float(-(present * np.log(present)).sum())
