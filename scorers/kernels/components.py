"""Connected components of a graph given as edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Longs = npt.NDArray[np.int64]


@kernel
def root(parents: Longs, node: int) -> int:
    """The root of a node's tree; halves the way there."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@kernel
def connected(n: int, left: Longs, right: Longs) -> Longs:
    """For each of n nodes the smallest node of its component."""
    parents = np.arange(n)
    for edge in range(len(left)):
        a, b = root(parents, left[edge]), root(parents, right[edge])
        if a < b:
            parents[b] = a
        elif b < a:
            parents[a] = b
    for node in range(n):
        parents[node] = root(parents, node)
    return parents
