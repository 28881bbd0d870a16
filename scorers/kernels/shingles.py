"""Shingle hashes and MinHash signatures of UTF-8 texts, and the exact Jaccard index of two texts' shingles.

A text becomes tokens (words; characters of scripts that write no spaces), every run of `ngram` tokens is a shingle,
and a shingle is a 32-bit hash. Two shingles that differ share a hash once in 2^32, which moves a Jaccard index by
nothing one can see.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.kernels.folding import BLANK, changes, fold, folded_plain, text_hash, token_hash
from scorers.kernels.vectors import PERMUTATIONS, minima

Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.uint16]
Hashes = npt.NDArray[np.uint32]
Lanes = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_GAP = np.uint64(0xA0761D6478BD642F)
_SPREAD = np.uint32(0x9E3779B1)
_BITS = np.uint64(32)
_ONE = np.uint64(1)


@kernel
def tokens(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes,
    start: int,
    end: int,
    classes: Bytes,
    folded: Shorts,
    characters: bool,
    words: Lanes,
    masks: Lanes,
    spare: Bytes,
    edges: Longs,
    out: Lanes,
) -> tuple[int, np.uint64]:
    """Write the hashes of a text's tokens; returns how many, and the hash of the text up to case and white space.

    - words, masks, spare, edges: room to work in, see `room`.
    """
    low = words.view(np.uint8)
    size = -1 if characters else folded_plain(data, start, end, low, masks, spare)
    if size >= 0:
        n = changes(masks, size, edges)
        if size > 0 and low[size - 1] == BLANK:
            size -= 1
    else:
        size, n = fold(data, start, end, classes, folded, characters, low, edges)
    if size == 0:
        return 0, np.uint64(0)
    for place in range(size, size + 32):
        low[place] = 0
    count = 0
    for edge in range(0, n, 2):
        if characters and edge > 0 and edges[edge] != edges[edge - 1]:
            out[count] = _GAP
            count += 1
        out[np.uint64(count)] = token_hash(low, edges[np.uint64(edge)], edges[np.uint64(edge + 1)])
        count += 1
    return count, text_hash(words, size)


@kernel
def room(offsets: Longs) -> tuple[Lanes, Lanes, Bytes, Longs, Lanes]:
    """Arrays that hold the folded text, masks, a block, edges and token hashes of the longest of some texts."""
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    words = np.empty((longest + longest // 2) // 8 + 16, dtype=np.uint64)
    masks, spare = np.empty(longest // 64 + 2, dtype=np.uint64), np.zeros(192, dtype=np.uint8)
    return words, masks, spare, np.empty(2 * longest + 2, dtype=np.int64), np.empty(longest + 1, dtype=np.uint64)


@kernel
def turned(code: np.uint64, bits: int) -> np.uint64:
    """A hash code rotated left by 1 to 63 bits, or not at all."""
    left = np.uint64(bits & 63)
    return (code << left) | ((code >> _ONE) >> (np.uint64(63) - left))


@kernel
def shingled(found: Lanes, count: int, ngram: int, out: Hashes, place: int) -> int:
    """Write the hashes of all runs of up to 64 tokens from a place on; returns how many.

    A hash by cyclic polynomials (Cohen 1997, "Recursive hashing functions for n-grams"): a token goes in and one goes
    out by a rotation each.
    """
    runs = count - ngram + 1
    if runs <= 0:
        return 0
    rolling = np.uint64(0)
    for index in range(ngram):
        rolling = turned(rolling, 1) ^ found[index]
    for index in range(runs):
        mixed = (rolling ^ (rolling >> _BITS)) * _MIX
        out[place + index] = np.uint32(mixed >> _BITS)
        if index + 1 < runs:
            rolling = turned(rolling, 1) ^ turned(found[index], ngram) ^ found[index + ngram]
    return runs


@kernel
def signed(  # noqa: PLR0917 - kernels take arguments by position
    hashes: Hashes, count: int, factors: Hashes, shifts: Hashes, least: Hashes, lanes: Lanes, row: int
) -> None:
    """Write the signature of a text: eight bits of each permutation's minimum, eight permutations a lane.

    - factors, shifts, least: as many as there are permutations, and a whole number of vectors.
    """
    if count == 0:
        return
    for place in range(0, len(factors), PERMUTATIONS):
        minima(hashes, count, factors, shifts, place, least)
    for lane in range(len(lanes)):
        code = np.uint64(0)
        for turn in range(8):
            byte = np.uint64(np.uint32(least[8 * lane + turn] * _SPREAD) >> np.uint32(24))
            code |= byte << np.uint64(8 * turn)
        lanes[lane, row] = code


@kernel
def padded(values: Hashes) -> Hashes:
    """Values and zeros after them, up to a whole number of vectors."""
    whole = np.zeros((len(values) + PERMUTATIONS - 1) // PERMUTATIONS * PERMUTATIONS, dtype=np.uint32)
    whole[: len(values)] = values
    return whole


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
    words, masks, spare, edges, found = room(offsets)
    hashes = np.empty(len(found), dtype=np.uint32)
    whole_factors, whole_shifts, least = padded(factors), padded(shifts), padded(factors)
    counts = np.zeros(n, dtype=np.int64)
    wholes = np.zeros(n, dtype=np.uint64)
    lanes = np.zeros((len(factors) // 8, n), dtype=np.uint64)
    for row in range(n):
        count, wholes[row] = tokens(
            data, offsets[row], offsets[row + 1], classes, folded, characters, words, masks, spare, edges, found
        )
        counts[row] = shingled(found, count, ngram, hashes, 0)
        signed(hashes, counts[row], whole_factors, whole_shifts, least, lanes, row)
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
    words, masks, spare, edges, found = room(offsets)
    for row in range(n):
        count, _ = tokens(
            data, offsets[row], offsets[row + 1], classes, folded, characters, words, masks, spare, edges, found
        )
        shingled(found, count, ngram, hashes, places[row])


@kernel
def signatures_of(hashes: Hashes, starts: Longs, ends: Longs, factors: Hashes, shifts: Hashes) -> Lanes:
    """Lanes[permutations / 8, n] of n texts whose shingles are `hashes[starts[i]:ends[i]]`."""
    n = len(starts)
    whole_factors, whole_shifts, least = padded(factors), padded(shifts), padded(factors)
    lanes = np.zeros((len(factors) // 8, n), dtype=np.uint64)
    for row in range(n):
        own = hashes[starts[row] : ends[row]]
        signed(own, len(own), whole_factors, whole_shifts, least, lanes, row)
    return lanes


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
