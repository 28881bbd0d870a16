"""Splitting UTF-8 texts into word ids, and counting listed words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]

_SPACE = 1
_DELETE = 2
_HASH_START = np.uint64(14695981039346656037)
_HASH_STEP = np.uint64(1099511628211)


@kernel
def classified(data: Bytes, place: int, classes: Bytes) -> tuple[int, int]:
    """The class and the width in bytes of the character at a place of valid UTF-8.

    Characters beyond the basic plane are outside `classes` and of class 0.
    """
    first = np.int64(data[place])
    if first < 0x80:
        return classes[first], 1
    if first < 0xE0:
        return classes[((first & 0x1F) << 6) | (data[place + 1] & 0x3F)], 2
    if first < 0xF0:
        middle = np.int64(data[place + 1] & 0x3F) << 6
        return classes[((first & 0x0F) << 12) | middle | (data[place + 2] & 0x3F)], 3
    return 0, 4


@kernel
def same(left: Bytes, start: int, right: Bytes, place: int, length: int) -> bool:
    """Whether two ranges of bytes are equal."""
    for index in range(length):  # noqa: SIM110 - numba compiles the loop, not the generator
        if left[start + index] != right[place + index]:
            return False
    return True


@kernel
def power_above(number: int) -> int:
    """The smallest power of two that is at least `number`."""
    size = 1
    while size < number:
        size *= 2
    return size


@kernel
def numbered(  # noqa: PLR0917 - kernels take arguments by position
    clean: Bytes,
    begin: int,
    length: int,
    code: np.uint64,
    stamp: int,
    stamps: Longs,
    entries: Ints,
    starts: Longs,
    lengths: Longs,
    known: int,
) -> int:
    """The id of the word at `clean[begin:begin + length]`; equal to `known` when it is new, and then remembered.

    A slot is taken when its stamp is that of the text: the table is emptied by raising the stamp, not by clearing.
    """
    mask = len(stamps) - 1
    slot = np.int64((code ^ (code >> np.uint64(29))) & np.uint64(mask))
    while stamps[slot] == stamp:
        found = entries[slot]
        if lengths[found] == length and same(clean, starts[found], clean, begin, length):
            return int(found)
        slot = (slot + 1) & mask
    stamps[slot] = stamp
    entries[slot] = known
    starts[known] = begin
    lengths[known] = length
    return known


@kernel
def split_words(data: Bytes, offsets: Longs, classes: Bytes) -> tuple[Ints, Longs, Longs]:
    """Word ids, token offsets[n + 1] and distinct ids[n] of n texts; words are equal when their bytes are."""
    n = len(offsets) - 1
    longest = 0
    for row in range(n):
        longest = max(longest, offsets[row + 1] - offsets[row])
    ids = np.empty((offsets[n] - offsets[0] + n) // 2 + n + 1, dtype=np.int32)
    ends = np.zeros(n + 1, dtype=np.int64)
    types = np.zeros(n, dtype=np.int64)
    stamps = np.zeros(power_above(longest + 2), dtype=np.int64)
    entries = np.empty(len(stamps), dtype=np.int32)
    clean = np.empty(longest + 1, dtype=np.uint8)
    starts = np.empty(longest // 2 + 2, dtype=np.int64)
    lengths = np.empty(longest // 2 + 2, dtype=np.int64)
    filled = 0
    for row in range(n):
        place, end = offsets[row], offsets[row + 1]
        written = begin = known = int(np.int64(0))  # literal zeros would have `numbered` compiled three times
        inside = False
        code = _HASH_START
        while place <= end:
            kind, width = classified(data, place, classes) if place < end else (_SPACE, 1)
            if kind != _SPACE:
                inside = True
                if kind != _DELETE:
                    for index in range(width):
                        clean[written] = data[place + index]
                        code = (code ^ np.uint64(data[place + index])) * _HASH_STEP
                        written += 1
            elif inside:
                identity = -1
                if written > begin:
                    identity = numbered(
                        clean, begin, written - begin, code, row + 1, stamps, entries, starts, lengths, known
                    )
                    if identity == known:
                        known += 1
                    else:
                        written = begin
                ids[filled] = identity
                filled += 1
                inside = False
                begin = written
                code = _HASH_START
            place += width
        ends[row + 1] = filled
        types[row] = known
    return ids[:filled].copy(), ends, types


@kernel
def list_table(listed: Bytes, edges: Longs) -> Ints:
    """An open hash table of the words `listed[edges[i]:edges[i + 1]]`; -1 is a free slot."""
    m = len(edges) - 1
    entries = np.full(power_above(4 * m + 1), -1, dtype=np.int32)
    mask = len(entries) - 1
    for item in range(m):
        code = _HASH_START
        for place in range(edges[item], edges[item + 1]):
            code = (code ^ np.uint64(listed[place])) * _HASH_STEP
        slot = np.int64(code & np.uint64(mask))
        while entries[slot] >= 0:
            slot = (slot + 1) & mask
        entries[slot] = item
    return entries


@kernel
def count_listed(data: Bytes, offsets: Longs, classes: Bytes, listed: Bytes, edges: Longs) -> Longs:
    """How many words of each of n texts are in a list, given end to end as bytes with edges[m + 1].

    Every character that is not of class 0 separates.
    """
    n = len(offsets) - 1
    entries = list_table(listed, edges)
    mask = len(entries) - 1
    counts = np.zeros(n, dtype=np.int64)
    for row in range(n):
        place, end = offsets[row], offsets[row + 1]
        begin = place
        code = _HASH_START
        while place <= end:
            kind, width = classified(data, place, classes) if place < end else (_SPACE, 1)
            if kind == 0:
                for index in range(width):
                    code = (code ^ np.uint64(data[place + index])) * _HASH_STEP
            else:
                length = place - begin
                slot = np.int64(code & np.uint64(mask))
                while length > 0 and entries[slot] >= 0:
                    first = edges[entries[slot]]
                    if edges[entries[slot] + 1] - first == length and same(listed, first, data, begin, length):
                        counts[row] += 1
                        break
                    slot = (slot + 1) & mask
                begin = place + width
                code = _HASH_START
            place += width
    return counts
