"""Shingle hashes and MinHash signatures of UTF-8 texts, and the exact Jaccard index of two texts' shingles.

A text becomes tokens (words; characters of scripts that write no spaces), every run of `ngram` tokens is a shingle,
and a shingle is a 32-bit hash. Two shingles that differ share a hash once in 2^32, which moves a Jaccard index by
nothing one can see.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.uint16]
Hashes = npt.NDArray[np.uint32]
Lanes = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

SEPARATOR, WORD, SINGLE, MARK, SPACE = 0, 1, 2, 3, 4
"""What a character is: SINGLE is a token by itself, a MARK belongs to what it follows, SPACE separates as well."""

_START = np.uint64(14695981039346656037)
_STEP = np.uint64(1099511628211)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_ROLL = np.uint64(0xD6E8FEB86659FD93)
_GAP = np.uint64(0xA0761D6478BD642F)
_SPREAD = np.uint32(0x9E3779B1)
_BITS = np.uint64(32)
_BLANK = np.uint64(32)


@kernel
def character(data: Bytes, place: int, classes: Bytes, folded: Shorts) -> tuple[int, int, int]:
    """Class, folded code point and width in bytes of the character at a place of valid UTF-8."""
    first = np.int64(data[place])
    if first < 0x80:
        return int(classes[first]), int(folded[first]), 1
    if first < 0xE0:
        point = ((first & 0x1F) << 6) | np.int64(data[place + 1] & 0x3F)
        return int(classes[point]), int(folded[point]), 2
    if first < 0xF0:
        point = ((first & 0x0F) << 12) | (np.int64(data[place + 1] & 0x3F) << 6) | np.int64(data[place + 2] & 0x3F)
        return int(classes[point]), int(folded[point]), 3
    point = ((first & 0x07) << 18) | (np.int64(data[place + 1] & 0x3F) << 12)
    point |= (np.int64(data[place + 2] & 0x3F) << 6) | np.int64(data[place + 3] & 0x3F)
    return (SINGLE if point >= 0x20000 else WORD), int(point), 4


@kernel
def tokens(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes, start: int, end: int, classes: Bytes, folded: Shorts, characters: bool, out: Lanes
) -> tuple[int, np.uint64]:
    """Write the hashes of a text's tokens; returns how many, and the hash of the text up to case and white space."""
    count = 0
    code, whole = _START, _START
    inside, single, gap, blank = False, False, False, False
    written = False
    place = start
    while place < end:
        kind, point, width = character(data, place, classes, folded)
        place += width
        if kind == SPACE:
            blank = True
        else:
            if blank and written:
                whole = (whole ^ _BLANK) * _STEP
            blank = False
            written = True
            whole = (whole ^ np.uint64(point)) * _STEP
        if kind in (SEPARATOR, SPACE):
            if inside:
                out[count] = code * _MIX
                count += 1
                inside = False
            gap = True
            continue
        if inside and kind != MARK and (characters or single or kind == SINGLE):
            out[count] = code * _MIX
            count += 1
            inside = False
        if not inside:
            if characters and gap and count > 0:
                out[count] = _GAP
                count += 1
            code = _START
            inside = True
            single = kind == SINGLE
        gap = False
        code = (code ^ np.uint64(point)) * _STEP
    if inside:
        out[count] = code * _MIX
        count += 1
    if not written:
        return 0, np.uint64(0)
    return count, (whole ^ (whole >> _BITS)) * _MIX


@kernel
def shingled(found: Lanes, count: int, ngram: int, out: Hashes, place: int) -> int:
    """Write the hashes of all runs of `ngram` tokens from a place on; returns how many."""
    runs = count - ngram + 1
    if runs <= 0:
        return 0
    top = np.uint64(1)
    rolling = np.uint64(0)
    for index in range(ngram):
        rolling = rolling * _ROLL + found[index]
        if index > 0:
            top *= _ROLL
    for index in range(runs):
        mixed = (rolling ^ (rolling >> _BITS)) * _MIX
        out[place + index] = np.uint32(mixed >> _BITS)
        if index + 1 < runs:
            rolling = (rolling - found[index] * top) * _ROLL + found[index + ngram]
    return runs


@kernel
def smallest(hashes: Hashes, start: int, end: int, factor: np.uint32, shift: np.uint32) -> np.uint32:
    """The least value of a permutation over some shingles."""
    least = np.uint32(0xFFFFFFFF)
    for index in range(start, end):
        value = np.uint32(np.uint32(hashes[index] * factor) + shift)
        least = min(least, value)
    return least


@kernel
def signed(  # noqa: PLR0917 - kernels take arguments by position
    hashes: Hashes, start: int, end: int, factors: Hashes, shifts: Hashes, lanes: Lanes, row: int
) -> None:
    """Write the signature of a text: eight bits of each permutation's minimum, eight permutations a lane."""
    for permutation in range(len(factors)):
        least = smallest(hashes, start, end, factors[permutation], shifts[permutation])
        byte = np.uint64(np.uint32(least * _SPREAD) >> np.uint32(24))
        lanes[permutation >> 3, row] |= byte << np.uint64(8 * (permutation & 7))


@kernel
def signatures(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes,
    offsets: Longs,
    classes: Bytes,
    folded: Shorts,
    ngram: int,
    characters: bool,
    factors: Hashes,
    shifts: Hashes,
) -> tuple[Longs, Lanes, Lanes]:
    """Shingles, whole-text hash (0 for an empty text) and lanes[permutations / 8, n] of n texts."""
    n = len(offsets) - 1
    longest = 0
    for row in range(n):
        longest = max(longest, offsets[row + 1] - offsets[row])
    found = np.empty(2 * longest + 1, dtype=np.uint64)
    hashes = np.empty(2 * longest + 1, dtype=np.uint32)
    counts = np.zeros(n, dtype=np.int64)
    wholes = np.zeros(n, dtype=np.uint64)
    lanes = np.zeros((len(factors) // 8, n), dtype=np.uint64)
    for row in range(n):
        count, wholes[row] = tokens(data, offsets[row], offsets[row + 1], classes, folded, characters, found)
        counts[row] = shingled(found, count, ngram, hashes, 0)
        if counts[row] > 0:
            signed(hashes, 0, counts[row], factors, shifts, lanes, row)
    return counts, wholes, lanes


@kernel
def shingle_hashes(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes,
    offsets: Longs,
    classes: Bytes,
    folded: Shorts,
    ngram: int,
    characters: bool,
    places: Longs,
    hashes: Hashes,
) -> None:
    """Write the shingle hashes of text i from `hashes[places[i]]` on; the caller knows how many there are."""
    n = len(offsets) - 1
    longest = 0
    for row in range(n):
        longest = max(longest, offsets[row + 1] - offsets[row])
    found = np.empty(2 * longest + 1, dtype=np.uint64)
    for row in range(n):
        count, _ = tokens(data, offsets[row], offsets[row + 1], classes, folded, characters, found)
        shingled(found, count, ngram, hashes, places[row])


@kernel
def jaccard(hashes: Hashes, edges: Longs, left: Longs, right: Longs) -> Floats:
    """Exact Jaccard index of pairs of texts; text i has `hashes[edges[i]:edges[i + 1]]`, repeats included."""
    longest = 1
    for pair in range(len(left)):
        both = edges[left[pair] + 1] - edges[left[pair]] + edges[right[pair] + 1] - edges[right[pair]]
        longest = max(longest, both)
    size = 2
    while size < 2 * longest:
        size *= 2
    full = size
    keys = np.zeros(full, dtype=np.uint32)
    stamps = np.zeros(full, dtype=np.int64)
    stamp = 0
    values = np.zeros(len(left), dtype=np.float32)
    for pair in range(len(left)):
        a, b = left[pair], right[pair]
        both = edges[a + 1] - edges[a] + edges[b + 1] - edges[b]
        size = 2
        while size < 2 * both:
            size *= 2
        mask = size - 1  # small texts use a small part of the table, which stays in the cache
        union, shared = 0, 0
        for index in range(edges[a], edges[a + 1]):
            slot = np.int64(hashes[index]) & mask
            while stamps[slot] > stamp and keys[slot] != hashes[index]:
                slot = (slot + 1) & mask
            if stamps[slot] <= stamp:
                stamps[slot] = stamp + 1
                keys[slot] = hashes[index]
                union += 1
        for index in range(edges[b], edges[b + 1]):
            slot = np.int64(hashes[index]) & mask
            while stamps[slot] > stamp and keys[slot] != hashes[index]:
                slot = (slot + 1) & mask
            if stamps[slot] <= stamp:
                union += 1
                stamps[slot] = stamp + 2
                keys[slot] = hashes[index]
            elif stamps[slot] == stamp + 1:
                shared += 1
                stamps[slot] = stamp + 2
        stamp += 2
        values[pair] = shared / union if union > 0 else 0.0
    return values


@kernel
def agreement(lanes: Lanes, left: Longs, right: Longs, rows: int, bands: int) -> tuple[Longs, Longs]:
    """Permutations and bands in which the signatures of pairs agree."""
    permutations = 8 * lanes.shape[0]
    equal = np.zeros(len(left), dtype=np.int64)
    shared = np.zeros(len(left), dtype=np.int64)
    for pair in range(len(left)):
        run, band, same = 0, 0, True
        for permutation in range(permutations):
            turn = np.uint64(8 * (permutation & 7))
            differing = lanes[permutation >> 3, left[pair]] ^ lanes[permutation >> 3, right[pair]]
            if (differing >> turn) & np.uint64(255) == np.uint64(0):
                equal[pair] += 1
            else:
                same = False
            run += 1
            if run == rows:
                if same and band < bands:
                    shared[pair] += 1
                run, same = 0, True
                band += 1
    return equal, shared
