"""Weighted sums of sorted values without sorting all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Floats32 = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_BINS = 32768
_HEAD = 512


@kernel
def ranked_sums(values: Floats32, weights: Doubles) -> Doubles:
    """float64[rows]: the sum over ranks of the sorted values of a row, from 0 to 2, each times the weight of its rank.

    - weights: falling with the rank.

    The smallest values are sorted. The others are counted in bins of 6e-5, where each counts with the mean weight of
    the ranks of its bin: both factors vary so little there that the sum is off by less than 1e-6 of itself.
    """
    until = np.concatenate((np.zeros(1), np.cumsum(weights)))
    scale = np.float32(_BINS / 2)
    counts = np.zeros(_BINS, np.int64)
    sums = np.zeros(_BINS)
    found = np.zeros(values.shape[0])
    for row in range(values.shape[0]):
        counts[:] = 0
        sums[:] = 0.0
        for value in values[row]:
            bin_ = min(max(int(value * scale), 0), _BINS - 1)
            counts[bin_] += 1
            sums[bin_] += value
        last, rank = 0, counts[0]
        while rank < _HEAD and last < _BINS - 1:
            last += 1
            rank += counts[last]
        head = np.empty(rank, np.float32)
        filled = 0
        for value in values[row]:
            if min(max(int(value * scale), 0), _BINS - 1) <= last:
                head[filled] = value
                filled += 1
        head.sort()
        total = 0.0
        for place in range(rank):
            total += head[place] * weights[place]
        for bin_ in range(last + 1, _BINS):
            count = counts[bin_]
            if count:
                total += sums[bin_] / count * (until[rank + count] - until[rank])
                rank += count
        found[row] = total
    return found
