"""How o200k_base cuts a text into pieces before it merges bytes: its expression, followed by hand.

The alternatives are tried in this order, each as greedy as its expression: words that end in lower case, words that
begin in upper case, up to three digits, other signs, line ends, white space before the last, white space.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import LETTER, LOWERISH, NUMBER, UPPERISH, WHITE
from scorers.kernels.points import Ints

Bits = npt.NDArray[np.uint16]

_FEED, _RETURN, _GAP, _APOSTROPHE, _SLASH = 10, 13, 32, 39, 47


@kernel
def run_end(text: Ints, place: int, n: int, bits: Bits, wanted: int) -> int:
    """Where a run of characters that have any of the wanted bits ends."""
    while place < n and bits[text[place]] & wanted:
        place += 1
    return place


@kernel
def clitic_end(text: Ints, place: int, n: int) -> int:
    """Where 's, 't, 're, 've, 'm, 'll or 'd at a place ends, in any case; the place when none is there."""
    if place + 1 >= n or text[place] != _APOSTROPHE:
        return place
    first = text[place + 1] | 32
    if first in (115, 116, 109, 100) or text[place + 1] == 383:  # 383 is the long s
        return place + 2
    if place + 2 < n:
        second = text[place + 2] | 32
        if (second == 101 and first in (114, 118)) or (second == 108 and first == 108):
            return place + 3
    return place


@kernel
def falling_word(text: Ints, place: int, n: int, bits: Bits) -> int:
    """Where upper-case letters and then at least one lower-case letter end; the place when they are not there."""
    stop = run_end(text, place, n, bits, UPPERISH)
    if stop < n and bits[text[stop]] & LOWERISH:
        return run_end(text, stop, n, bits, LOWERISH)
    # Letters without case are both: give back until one of them can be the lower-case part.
    while stop > place and not bits[text[stop - 1]] & LOWERISH:
        stop -= 1
    return stop


@kernel
def word_end(text: Ints, place: int, n: int, bits: Bits) -> int:
    """Where the word at a place ends, with one other character before it; the place when there is none."""
    code = text[place]
    before = code not in (_FEED, _RETURN) and not bits[code] & (LETTER | NUMBER)
    if before:
        stop = falling_word(text, place + 1, n, bits)
        if stop > place + 1:
            return clitic_end(text, stop, n)
    stop = falling_word(text, place, n, bits)
    if stop > place:
        return clitic_end(text, stop, n)
    begin = place + 1 if before and place + 1 < n and bits[text[place + 1]] & UPPERISH else place
    stop = run_end(text, begin, n, bits, UPPERISH)
    if stop > begin:
        return clitic_end(text, run_end(text, stop, n, bits, LOWERISH), n)
    return place


@kernel
def piece_end(text: Ints, place: int, n: int, bits: Bits) -> int:
    """Where the piece that begins at a place ends."""
    stop = word_end(text, place, n, bits)
    if stop > place:
        return stop
    code = text[place]
    if bits[code] & NUMBER:
        return run_end(text, place, min(n, place + 3), bits, NUMBER)
    begin = place + 1 if code == _GAP else place
    stop = begin
    while stop < n and not bits[text[stop]] & (WHITE | LETTER | NUMBER):
        stop += 1
    if stop > begin:
        while stop < n and text[stop] in (_FEED, _RETURN, _SLASH):
            stop += 1
        return stop
    stop = run_end(text, place, n, bits, WHITE)
    last = stop
    while last > place and text[last - 1] not in (_FEED, _RETURN):
        last -= 1
    if last > place:
        return last
    return stop if stop == n or stop == place + 1 else stop - 1
