"""Depth of dependency trees given as heads."""

from __future__ import annotations

import numpy as np

from lake.compiled import kernel
from scorers.kernels.diversity import Longs, largest


@kernel
def tree_depths(heads: Longs, offsets: Longs) -> Longs:
    """Tokens on the longest way from a token to its root, both counted; 0 for a text without tokens."""
    n = len(offsets) - 1
    depths = np.zeros(n, dtype=np.int64)
    known = np.empty(largest(offsets) + 1, dtype=np.int64)
    for row in range(n):
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        known[:size] = 0
        for first in range(size):
            token, steps = first, 0
            while known[token] == 0 and heads[start + token] != 0:
                token += heads[start + token]
                steps += 1
            depth = steps + max(1, known[token])
            depths[row] = max(depths[row], depth)
            token = first
            while known[token] == 0:
                known[token] = depth
                depth -= 1
                token += heads[start + token]
    return depths
