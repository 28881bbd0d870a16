"""Star clustering over a graph given as neighbour lists."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Longs = npt.NDArray[np.int64]


@kernel
def take_neighbours(order: Longs, edges: Longs, neighbours: Longs) -> Longs:
    """The head of each node: nodes in `order` become heads unless taken, and take their neighbours not yet taken."""
    heads = np.full(len(order), -1, dtype=np.int64)
    for node in order:
        if heads[node] < 0:
            heads[node] = node
            for place in range(edges[node], edges[node + 1]):
                if heads[neighbours[place]] < 0:
                    heads[neighbours[place]] = node
    return heads
