"""UTF-8 as code points, and a table of keys of code points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.kernels.split import power_above, same

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]

HASH_START = np.uint64(14695981039346656037)
HASH_STEP = np.uint64(1099511628211)


class Keys(NamedTuple):
    """Key k is `items[edges[k]:edges[k + 1]]` and has the value `values[k]`; slots hold k + 1, 0 is free."""

    items: Ints
    edges: Longs
    values: Longs
    slots: Ints


@kernel
def decoded(data: Bytes, start: int, end: int, points: Ints) -> int:
    """Write the code points of valid UTF-8 to `points`; returns how many."""
    place, n = start, 0
    while place < end:
        first = np.int32(data[place])
        if first < 0x80:
            points[n] = first
            place += 1
        elif first < 0xE0:
            points[n] = ((first & 0x1F) << 6) | np.int32(data[place + 1] & 0x3F)
            place += 2
        elif first < 0xF0:
            points[n] = (
                ((first & 0x0F) << 12) | (np.int32(data[place + 1] & 0x3F) << 6) | np.int32(data[place + 2] & 0x3F)
            )
            place += 3
        else:
            points[n] = (
                ((first & 0x07) << 18)
                | (np.int32(data[place + 1] & 0x3F) << 12)
                | (np.int32(data[place + 2] & 0x3F) << 6)
                | np.int32(data[place + 3] & 0x3F)
            )
            place += 4
        n += 1
    return n


@kernel
def longest(offsets: Longs) -> int:
    """The most bytes any text has."""
    most = 0
    for row in range(len(offsets) - 1):
        most = max(most, offsets[row + 1] - offsets[row])
    return most


@kernel
def slot_of(code: np.uint64, mask: int) -> int:
    """Where a hash code looks first."""
    return int(np.int64((code ^ (code >> np.uint64(29))) & np.uint64(mask)))


@kernel
def hashed(items: Ints, start: int, end: int) -> np.uint64:
    """The hash code of `items[start:end]`."""
    code = HASH_START
    for place in range(start, end):
        code = (code ^ np.uint64(items[place])) * HASH_STEP
    return code


@kernel
def key_slots(items: Ints, edges: Longs) -> Ints:
    """The open hash table of the keys `items[edges[k]:edges[k + 1]]`."""
    slots = np.zeros(power_above(2 * len(edges)), dtype=np.int32)
    mask = len(slots) - 1
    for key in range(len(edges) - 1):
        slot = slot_of(hashed(items, edges[key], edges[key + 1]), mask)
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = key + 1
    return slots


@kernel
def value_of(keys: Keys, items: Ints, start: int, end: int) -> int:
    """The value of the key `items[start:end]`; -1 when there is no such key."""
    mask = len(keys.slots) - 1
    slot = slot_of(hashed(items, start, end), mask)
    while keys.slots[slot] != 0:
        key = keys.slots[slot] - 1
        first = keys.edges[key]
        if keys.edges[key + 1] - first == end - start and same(keys.items, first, items, start, end - start):
            return int(keys.values[key])
        slot = (slot + 1) & mask
    return -1
