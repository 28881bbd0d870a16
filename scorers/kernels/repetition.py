"""How often tokens and runs of tokens repeat, over texts given as ids."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.kernels.diversity import largest
from scorers.kernels.split import power_above

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)


@kernel
def dense_ids(ids: Ints, offsets: Longs) -> tuple[Ints, Longs]:
    """The same texts with ids that count from 0 within each, in order of first occurrence; and the types of each."""
    n = len(offsets) - 1
    most = 0
    for place in range(offsets[0], offsets[n]):
        most = max(most, ids[place])
    stamps = np.zeros(most + 1, dtype=np.int64)
    renamed = np.empty(most + 1, dtype=np.int32)
    found = np.empty(offsets[n], dtype=np.int32)
    types = np.zeros(n, dtype=np.int64)
    for row in range(n):
        known = 0
        for place in range(offsets[row], offsets[row + 1]):
            token = ids[place]
            if stamps[token] != row + 1:
                stamps[token] = row + 1
                renamed[token] = known
                known += 1
            found[place] = renamed[token]
        types[row] = known
    return found, types


@kernel
def entropies(ids: Ints, offsets: Longs) -> Floats:
    """Shannon entropy in bits of the ids of each text; NaN where it has none. Ids count from 0 within a text."""
    n = len(offsets) - 1
    counts = np.zeros(largest(offsets) + 1, dtype=np.int64)
    values = np.empty(n, dtype=np.float64)
    for row in range(n):
        start, end = offsets[row], offsets[row + 1]
        known = 0
        for place in range(start, end):
            counts[ids[place]] += 1
            known = max(known, ids[place] + 1)
        total = 0.0
        for token in range(known):
            share = counts[token] / (end - start)
            total -= share * np.log2(share)
            counts[token] = 0
        values[row] = max(total, 0.0) if end > start else np.nan
    return values


@kernel
def distinct_shares(ids: Ints, offsets: Longs, types: Longs, width: int) -> Floats:
    """Distinct runs of `width` ids divided by all of them; NaN where a text has fewer ids than that.

    Ids count from 0 within a text. Runs are numbered step by step: a run is the number of the run before and an id.
    """
    n = len(offsets) - 1
    most = largest(offsets)
    runs = np.empty(most + 1, dtype=np.int64)
    slots = np.zeros(power_above(2 * most + 2), dtype=np.int64)
    keys = np.empty(len(slots), dtype=np.int64)
    names = np.empty(len(slots), dtype=np.int64)
    values = np.empty(n, dtype=np.float64)
    stamp = 0
    for row in range(n):
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        if size < width:
            values[row] = np.nan
            continue
        known = types[row]
        for place in range(size):
            runs[place] = ids[start + place]
        # The table is as large as this text needs, so that short texts stay in the cache.
        mask = power_above(2 * size + 2) - 1
        for step in range(1, width):
            stamp += 1
            known = 0
            for place in range(size - step):
                key = runs[place] * types[row] + ids[start + place + step]
                slot = np.int64((np.uint64(key) * _STEP) >> np.uint64(20)) & mask
                while slots[slot] == stamp and keys[slot] != key:
                    slot = (slot + 1) & mask
                if slots[slot] != stamp:
                    slots[slot], keys[slot], names[slot] = stamp, key, known
                    known += 1
                runs[place] = names[slot]
        values[row] = known / (size - width + 1)
    return values
