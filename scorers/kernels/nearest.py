"""Keeping the nearest of many: selection from tiles of products, and distances that are no product."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Floats32 = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@kernel
def keep_nearest(  # noqa: PLR0917 - kernels take arguments by position
    products: Floats32,
    squares_a: Floats32,
    squares_b: Floats32,
    first_a: int,
    first_b: int,
    best: Floats32,
    where: Longs,
) -> None:
    """Update the nearest rows found so far, ascending, with a tile of products of rows a and rows b.

    The squared distance of a pair is squares_a + squares_b - 2 * product; a row is no neighbour of itself.
    """
    kept = best.shape[1]
    for row in range(products.shape[0]):
        bound = best[row, kept - 1]
        for column in range(products.shape[1]):
            distance = squares_a[row] + squares_b[column] - 2 * products[row, column]
            if distance < bound and first_a + row != first_b + column:
                place = kept - 1
                while place > 0 and best[row, place - 1] > distance:
                    best[row, place] = best[row, place - 1]
                    where[row, place] = where[row, place - 1]
                    place -= 1
                best[row, place] = distance
                where[row, place] = first_b + column
                bound = best[row, kept - 1]


@kernel
def manhattan(a: Doubles, b: Doubles) -> Doubles:
    """float64[n, m]: the sum of absolute differences of every row of a and every row of b."""
    found = np.empty((a.shape[0], b.shape[0]))
    for row in range(a.shape[0]):
        for column in range(b.shape[0]):
            distance = 0.0
            for k in range(a.shape[1]):
                distance += abs(a[row, k] - b[column, k])
            found[row, column] = distance
    return found
