"""Benchmark items inside texts: where runs of an item's words stand, how much they cover, how long the longest is.

An index is an open-addressed table of the hashes of runs, and for each run its places: which items have it, and where.
A text is read once: its runs are looked up, first in a small bit map that nearly all of them fail.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.kernels.runs import rolled
from scorers.kernels.shingles import Bytes, Lanes, Longs, Shorts, room, tokens, turned

Ints = npt.NDArray[np.int32]
Doubles = npt.NDArray[np.float64]

NUMBER = np.uint64(0x5851F42D4C957F2D)
"""What stands for every word of digits alone, where numbers do not matter."""

_MULTIPLIER = np.uint64(0xD6E8FEB86659FD93)
_ONE = np.uint64(1)
_SIX = np.uint64(6)
_LOW = np.uint64(63)
_PLACE = 32
_RUN = 0xFFFFFFFF
_TELLING = 3
_ZERO, _NINE = np.uint8(48), np.uint8(57)


@kernel
def numberless(low: Bytes, start: int, end: int, word: np.uint64) -> np.uint64:
    """The hash of a word where numbers do not matter; only those that begin or end with a digit hold one.

    `NUMBER` for digits alone; of others, such as `x2` and `3rd`, what is left with every number as one sign.
    """
    if not (_ZERO <= low[start] <= _NINE or _ZERO <= low[end - 1] <= _NINE):
        return word
    code, within = NUMBER, False
    letters = False
    for place in range(start, end):
        if _ZERO <= low[place] <= _NINE:
            if not within:
                code = turned(code, 5) ^ _MULTIPLIER
            within = True
        else:
            code = (turned(code, 5) ^ np.uint64(low[place])) * _MULTIPLIER
            within, letters = False, True
    return code if letters else NUMBER


@kernel
def without_numbers(  # noqa: PLR0917 - kernels take arguments by position
    low: Bytes, edges: Longs, count: int, found: Lanes, out: Lanes, place: int
) -> None:
    """Write the hashes of words where numbers do not matter, from a place on."""
    for index in range(count):
        out[place + index] = numberless(low, edges[2 * index], edges[2 * index + 1], found[index])


@kernel
def blank_numbers(found: Lanes, many: int, ngram: int, runs: Lanes) -> None:
    """Make 0 of runs with fewer than three different words that are no numbers: they say nothing."""
    for start in range(many):
        different = 0
        for index in range(start, start + ngram):
            new = found[index] != NUMBER
            for before in range(start, index):
                new = new and found[before] != found[index]
            different += new
        if different < _TELLING:
            runs[start] = 0


@kernel
def word_runs(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes, offsets: Longs, classes: Bytes, folded: Shorts, ngram: int, numbers: bool
) -> tuple[Longs, Longs, Lanes]:
    """Words[n], edges[n + 1] and all runs of n texts in order.

    - numbers: whether words of digits count by their digits; where not, runs of little else are 0.
    """
    n = len(offsets) - 1
    words, masks, spare, edges, found = room(offsets)
    runs = np.empty(len(found), dtype=np.uint64)
    counts, ends = np.zeros(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    kept, size = np.empty(1024, dtype=np.uint64), 0
    for row in range(n):
        count, _ = tokens(
            data, offsets[row], offsets[row + 1], classes, folded, False, words, masks, spare, edges, found
        )
        if not numbers:
            without_numbers(words.view(np.uint8), edges, count, found, found, 0)
        many = rolled(found, count, ngram, runs)
        if size + many > len(kept):
            larger = np.empty(2 * (size + many), dtype=np.uint64)
            larger[:size] = kept[:size]
            kept = larger
        if not numbers:
            blank_numbers(found, many, ngram, runs)
        kept[size : size + many] = runs[:many]
        size += many
        counts[row] = count
        ends[row + 1] = size
    return counts, ends, kept[:size].copy()


@kernel
def built(runs: Lanes) -> tuple[Lanes, Ints, Lanes]:
    """Table, the number of the run in each slot, and bit map of distinct runs, none of them 0."""
    size = 1024
    while size < 2 * len(runs):
        size *= 2
    mask = np.uint64(size - 1)
    table, numbers = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int32)
    bits = np.zeros(max(1024, size // 8), dtype=np.uint64)
    last = np.uint64(64 * len(bits) - 1)
    for number in range(len(runs)):
        slot = (runs[number] * _MULTIPLIER) & mask
        while table[slot] != 0:
            slot = (slot + _ONE) & mask
        table[slot] = runs[number]
        numbers[slot] = number
        bit = runs[number] & last
        bits[bit >> _SIX] |= _ONE << (bit & _LOW)
    return table, numbers, bits


@kernel
def grown(hits: Longs, size: int) -> Longs:
    """Room for twice as many."""
    larger = np.empty(2 * size, dtype=np.int64)
    larger[:size] = hits[:size]
    return larger


@kernel
def looked_up(  # noqa: PLR0917 - kernels take arguments by position
    runs: Lanes, many: int, table: Lanes, slots: Ints, bits: Lanes, hits: Longs, size: int
) -> tuple[Longs, int]:
    """Add those of the runs that are in a table to the hits, `place << 32 | number of the run`; how many there are."""
    mask, last = np.uint64(len(table) - 1), np.uint64(64 * len(bits) - 1)
    for index in range(many):
        bit = runs[index] & last
        if (bits[bit >> _SIX] >> (bit & _LOW)) & _ONE == 0:
            continue
        slot = (runs[index] * _MULTIPLIER) & mask
        while table[slot] != 0 and table[slot] != runs[index]:
            slot = (slot + _ONE) & mask
        if table[slot] == 0:
            continue
        if size == len(hits):
            hits = grown(hits, size)
        hits[size] = (np.int64(index) << _PLACE) | np.int64(slots[slot])
        size += 1
    return hits, size


@kernel
def run_hits(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes,
    offsets: Longs,
    more: Bytes,
    more_offsets: Longs,
    classes: Bytes,
    folded: Shorts,
    ngram: int,
    table: Lanes,
    slots: Ints,
    bits: Lanes,
    edited_ngram: int,
    edited_table: Lanes,
    edited_slots: Ints,
    edited_bits: Lanes,
) -> tuple[Ints, Longs, Longs, Longs, Longs]:
    """Words of the first text[n], and edges[n + 1] and hits of n pairs of texts, of words and where numbers are alike.

    A place is the word a run begins with, counted through both texts of a pair. Words are cut once for both.
    """
    n = len(offsets) - 1
    words, masks, spare, edges, found = room(offsets)
    more_words, more_masks, more_spare, more_edges, more_found = room(more_offsets)
    both = np.empty(len(found) + len(more_found), dtype=np.uint64)
    alike, runs = np.empty(len(both), dtype=np.uint64), np.empty(len(both), dtype=np.uint64)
    firsts = np.zeros(n, dtype=np.int32)
    ends, edited_ends = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    hits, size = np.empty(1024, dtype=np.int64), 0
    edited_hits, edited_size = np.empty(1024, dtype=np.int64), 0
    for row in range(n):
        count, _ = tokens(
            data, offsets[row], offsets[row + 1], classes, folded, False, words, masks, spare, edges, found
        )
        rest, _ = tokens(
            more,
            more_offsets[row],
            more_offsets[row + 1],
            classes,
            folded,
            False,
            more_words,
            more_masks,
            more_spare,
            more_edges,
            more_found,
        )
        firsts[row] = count
        both[:count] = found[:count]
        both[count : count + rest] = more_found[:rest]
        many = rolled(both, count + rest, ngram, runs)
        hits, size = looked_up(runs, many, table, slots, bits, hits, size)
        ends[row + 1] = size
        without_numbers(words.view(np.uint8), edges, count, found, alike, 0)
        without_numbers(more_words.view(np.uint8), more_edges, rest, more_found, alike, count)
        many = rolled(alike, count + rest, edited_ngram, runs)
        edited_hits, edited_size = looked_up(
            runs, many, edited_table, edited_slots, edited_bits, edited_hits, edited_size
        )
        edited_ends[row + 1] = edited_size
    return firsts, ends, hits[:size].copy(), edited_ends, edited_hits[:edited_size].copy()


@kernel
def gathered(  # noqa: PLR0917 - kernels take arguments by position
    hits: Longs, starts: Longs, items: Ints, places: Ints, weights: Doubles, longest: int
) -> tuple[Longs, Doubles]:
    """What the hits of a text say: (item, how far the text is ahead of it, place in the item)[n, 3] and weights[n].

    Sorted by these three, so that a run of words without a gap has its places one after the other.
    """
    many = 0
    for hit in hits:
        run = hit & _RUN
        many += starts[run + 1] - starts[run]
    said, weight = np.empty((many, 3), dtype=np.int64), np.empty(many, dtype=np.float64)
    many, far = 0, 1
    for hit in hits:
        run, place = hit & _RUN, hit >> _PLACE
        for posting in range(starts[run], starts[run + 1]):
            ahead = place - places[posting] + longest
            far = max(far, ahead + 1)
            said[many, 0], said[many, 1], said[many, 2] = items[posting], ahead, places[posting]
            weight[many] = weights[posting]
            many += 1
    order = np.argsort((said[:, 0] * far + said[:, 1]) * longest + said[:, 2])
    return said[order], weight[order]


@kernel
def summed(  # noqa: PLR0917 - kernels take arguments by position
    said: Longs, weight: Doubles, first: int, ngram: int, stamp: int, seen_run: Longs, seen_word: Longs
) -> tuple[int, int, int, int, int, float]:
    """Of one item, from a row on: the row after it, words covered, the longest run with its place and lead, weight."""
    covered, best, best_place, best_ahead, length = 0, 0, 0, 0, 0
    share = 0.0
    index = first
    while index < len(said) and said[index, 0] == said[first, 0]:
        place = said[index, 2]
        if seen_run[place] != stamp:
            seen_run[place] = stamp
            share += weight[index]
        for word in range(place, place + ngram):
            if seen_word[word] != stamp:
                seen_word[word] = stamp
                covered += 1
        goes_on = index > first and said[index, 1] == said[index - 1, 1] and place == said[index - 1, 2] + 1
        length = length + 1 if goes_on else 1
        if length > best:
            best, best_place, best_ahead = length, place - length + 1, said[index, 1]
        index += 1
    return index, covered, best, best_place, best_ahead, share


@kernel
def matches(  # noqa: PLR0917 - kernels take arguments by position
    ends: Longs,
    hits: Longs,
    starts: Longs,
    items: Ints,
    places: Ints,
    weights: Doubles,
    totals: Doubles,
    words: Ints,
    ngram: int,
) -> tuple[Longs, Doubles]:
    """What n texts with hits hold: found[m, 6] and the share of the item's weight[m].

    Found are the text, the item, its words covered, those of the longest run, and where that begins in item and text.

    - starts, items, places, weights: who has run i is
      `starts[i]:starts[i + 1]`.
    - totals: weight of each item's runs, 0 for an item of templates; words: its words.

    A word is covered when a run that the text has anywhere goes over it; the longest run is without a gap in both.
    """
    longest = 1
    for item in range(len(words)):
        longest = max(longest, words[item])
    seen_run, seen_word = np.zeros(longest, dtype=np.int64), np.zeros(longest, dtype=np.int64)
    size, capacity = 0, 1024
    out, shares = np.empty((capacity, 6), dtype=np.int64), np.empty(capacity, dtype=np.float64)
    for row in range(len(ends) - 1):
        own = hits[ends[row] : ends[row + 1]]
        said, weight = gathered(own, starts, items, places, weights, longest)
        first = 0
        while first < len(said):
            item = said[first, 0]
            after, covered, best, place, ahead, share = summed(
                said, weight, first, ngram, size + 1, seen_run, seen_word
            )
            if size == capacity:
                capacity *= 2
                more, wider = np.empty((capacity, 6), dtype=np.int64), np.empty(capacity, dtype=np.float64)
                more[:size], wider[:size] = out, shares
                out, shares = more, wider
            out[size, 0], out[size, 1], out[size, 2], out[size, 3] = row, item, covered, best + ngram - 1
            out[size, 4], out[size, 5] = place, place + ahead - longest
            shares[size] = share / totals[item] if totals[item] > 0 else 0.0
            size += 1
            first = after
    return out[:size].copy(), shares[:size].copy()
