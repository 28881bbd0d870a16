"""Runs of words: what two texts share though neither is like the other as a whole.

Words are those of `scorers.kernels.shingles.tokens`: letters, digits and marks, folded to lower case, a letter each in
scripts without spaces. A run of words is a 64-bit hash, so that among 10^8 runs two differing ones hardly ever meet.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.kernels.shingles import Bytes, Hashes, Lanes, Longs, Shorts, room, tokens, turned

Doubles = npt.NDArray[np.float64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xFF51AFD7ED558CCD)
_BITS = np.uint64(32)
_LEAST_CHARACTERS = 8
_CONTINUES = np.uint8(0x80)
_LEADING = np.uint8(0xC0)


@kernel
def mixed(code: np.uint64) -> np.uint64:
    """A hash code whose every bit depends on all bits of another."""
    code = (code ^ (code >> _BITS)) * _MIX
    code = (code ^ (code >> _BITS)) * _STIR
    return code ^ (code >> _BITS)


@kernel
def whole_of(found: Lanes, count: int) -> np.uint64:
    """The hash of a row of words in order."""
    code = np.uint64(count)
    for index in range(count):
        code = (turned(code, 5) ^ found[index]) * _MIX
    return mixed(code)


@kernel
def rolled(found: Lanes, count: int, ngram: int, out: Lanes) -> int:
    """Write the hashes of all runs of `ngram` words, 1 to 63; returns how many.

    A rolling hash by cyclic polynomials, as in `scorers.kernels.shingles`, of 64 bits.
    """
    runs = count - ngram + 1
    if runs <= 0:
        return 0
    rolling = np.uint64(0)
    for index in range(ngram):
        rolling = turned(rolling, 1) ^ found[index]
    for index in range(runs):
        out[index] = mixed(rolling)
        if index + 1 < runs:
            rolling = turned(rolling, 1) ^ turned(found[index], ngram) ^ found[index + ngram]
    return runs


@kernel
def selected(runs: Lanes, count: int, window: int, out: Lanes, place: int) -> int:
    """Write the least hash of every window of runs once, from a place on; returns how many.

    Winnowing (Schleimer, Wilkerson and Aiken 2003): texts that share window + ngram - 1 words in a row share one of
    them. Of fewer runs than a window the least is taken.
    """
    written, last = 0, -1
    for start in range(max(1, count - window + 1)):
        end = min(start + window, count)
        if last < start:
            last = start
            for index in range(start + 1, end):
                if runs[index] <= runs[last]:
                    last = index
        elif runs[end - 1] <= runs[last]:
            last = end - 1
        else:
            continue
        out[place + written] = runs[last]
        written += 1
    return written


@kernel
def characters_of(low: Bytes, edges: Longs, count: int) -> int:
    """How many characters so many words have, at most as many as make a text long enough."""
    found = 0
    for edge in range(0, 2 * count, 2):
        for place in range(edges[edge], edges[edge + 1]):
            if (low[place] & _LEADING) != _CONTINUES:
                found += 1
        if found >= _LEAST_CHARACTERS:
            break
    return found


@kernel
def distinct(runs: Lanes, edges: Longs) -> tuple[Longs, Lanes]:
    """The same lists of runs, each sorted and without repeats: edges[n + 1] and runs."""
    kept, ends = np.empty(len(runs), dtype=np.uint64), np.zeros(len(edges), dtype=np.int64)
    size = 0
    for row in range(len(edges) - 1):
        own = np.sort(runs[edges[row] : edges[row + 1]])
        for index in range(len(own)):
            if index == 0 or own[index] != own[index - 1]:
                kept[size] = own[index]
                size += 1
        ends[row + 1] = size
    return ends, kept[:size].copy()


@kernel
def word_keys(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes, offsets: Longs, classes: Bytes, folded: Shorts, ngram: int, window: int
) -> tuple[Lanes, Longs, Longs, Lanes]:
    """Keys[n] (0 for under 8 letters and digits), words[n], edges[n + 1] and selected runs, distinct, of n texts.

    A key is the hash of all words in order. A text shorter than a run has its key as its only one; of runs of 0 words
    there are none.
    """
    n = len(offsets) - 1
    words, masks, spare, edges, found = room(offsets)
    runs = np.empty(len(found), dtype=np.uint64)
    keys, counts = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=np.int64)
    ends, size = np.zeros(n + 1, dtype=np.int64), 0
    kept = np.empty(len(found) + 1024, dtype=np.uint64)
    for row in range(n):
        count, _ = tokens(
            data, offsets[row], offsets[row + 1], classes, folded, False, words, masks, spare, edges, found
        )
        if size + count + 1 > len(kept):
            larger = np.empty(2 * (size + count + 1), dtype=np.uint64)
            larger[:size] = kept[:size]
            kept = larger
        counts[row] = count
        if count > 0:
            whole = whole_of(found, count)
            if characters_of(words.view(np.uint8), edges, count) >= _LEAST_CHARACTERS:
                keys[row] = whole
            many = rolled(found, count, ngram, runs) if ngram > 0 else 0
            if many > 0:
                size += selected(runs, many, window, kept, size)
            elif ngram > 0:
                kept[size] = whole
                size += 1
        ends[row + 1] = size
    ends, kept = distinct(kept[:size], ends)
    return keys, counts, ends, kept


@kernel
def shares(hashes: Hashes, edges: Longs, left: Longs, right: Longs) -> Doubles:
    """The share of the distinct hashes of each text `left` that the text `right` has; 0 for a text without any."""
    found = np.zeros(len(left), dtype=np.float64)
    for pair in range(len(left)):
        mine = np.sort(hashes[edges[left[pair]] : edges[left[pair] + 1]])
        theirs = np.sort(hashes[edges[right[pair]] : edges[right[pair] + 1]])
        own, both, at = 0, 0, 0
        for index in range(len(mine)):
            if index > 0 and mine[index] == mine[index - 1]:
                continue
            own += 1
            while at < len(theirs) and theirs[at] < mine[index]:
                at += 1
            if at < len(theirs) and theirs[at] == mine[index]:
                both += 1
        found[pair] = both / own if own > 0 else 0.0
    return found
