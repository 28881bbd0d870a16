"""Words of one sentence by the rules of NLTK's word tokeniser: the same rewriting steps in the same order.

Each step reads code points from one buffer and writes them, with spaces put in, to another. Neighbouring steps that
cannot see each other's work are one. A sentence grows to less than `GROWTH` times its length.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import DIGIT, SPACE, WORD
from scorers.kernels.points import Ints

Bits = npt.NDArray[np.uint16]

GROWTH, ROOM = 8, 64

_GAP, _FEED, _QUOTE, _APOSTROPHE, _TICK, _DOT, _DASH = 32, 10, 34, 39, 96, 46, 45
_OPENERS = (171, 8220, 8216, 8222)
_CLOSERS = (187, 8221, 8217)
_LONG_S = 383


@kernel
def put(out: Ints, n: int, code: int) -> int:
    """Append a code point."""
    out[n] = code
    return n + 1


@kernel
def spaced(out: Ints, n: int, code: int) -> int:
    """Append a code point between spaces."""
    out[n], out[n + 1], out[n + 2] = _GAP, code, _GAP
    return n + 3


@kernel
def ticks(out: Ints, n: int) -> int:
    """Append an opening quote between spaces."""
    out[n], out[n + 1], out[n + 2], out[n + 3] = _GAP, _TICK, _TICK, _GAP
    return n + 4


@kernel
def open_marks(text: Ints, n: int, out: Ints) -> int:
    """Opening quotes and runs of backticks stand alone."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        if code in _OPENERS:
            written = spaced(out, written, code)
        elif code == _TICK:
            written = put(out, written, _GAP)
            while place < n and text[place] == _TICK:
                written = put(out, written, _TICK)
                place += 1
            written = put(out, written, _GAP)
            continue
        else:
            written = put(out, written, code)
        place += 1
    return written


@kernel
def open_quotes(text: Ints, n: int, out: Ints) -> int:
    """A quote that begins the sentence opens, and pairs of backticks stand alone."""
    written, place = 0, 0
    if n > 0 and text[0] == _QUOTE:
        written = ticks(out, written)
        place = 1
        # Backticks that follow pair up with those of the quote, which are even.
    while place < n:
        if text[place] == _TICK and place + 1 < n and text[place + 1] == _TICK:
            written = ticks(out, written)
            place += 2
        else:
            written = put(out, written, text[place])
            place += 1
    return written


@kernel
def bracketed_quotes(text: Ints, n: int, out: Ints) -> int:
    """A quote after a space or an opening bracket opens."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        written = put(out, written, code)
        place += 1
        if code in (_GAP, 40, 91, 123, 60):
            width = 0
            if place < n and text[place] == _QUOTE:
                width = 1
            elif place + 1 < n and text[place] == _APOSTROPHE and text[place + 1] == _APOSTROPHE:
                width = 2
            if width:
                written = ticks(out, written)
                place += width
    return written


@kernel
def letter(code: int) -> int:
    """The lower-case letter that a letter counts as, without regard to case."""
    if 65 <= code <= 90:
        return code + 32
    if code == _LONG_S:
        return 115
    return code


@kernel
def clitic(text: Ints, place: int, n: int, bits: Bits) -> bool:
    """Whether re, ve, ll, m, t, s, d or n stands at a place as a whole word."""
    if place >= n:
        return False
    first = letter(text[place])
    if first in (109, 116, 115, 100, 110) and (place + 1 == n or not bits[text[place + 1]] & WORD):
        return True
    if place + 1 == n or (place + 2 < n and bits[text[place + 2]] & WORD):
        return False
    second = letter(text[place + 1])
    return (second == 101 and first in (114, 118)) or (first == 108 and second == 108)


@kernel
def leading_apostrophes(text: Ints, n: int, out: Ints, bits: Bits) -> int:
    """An apostrophe that begins a word stands alone, unless a clitic follows."""
    written = 0
    for place in range(n):
        written = put(out, written, text[place])
        if (
            text[place] == _APOSTROPHE
            and place + 1 < n
            and bits[text[place + 1]] & WORD
            and not (place > 0 and bits[text[place - 1]] & WORD)
            and not clitic(text, place + 1, n, bits)
        ):
            written = put(out, written, _GAP)
    return written


@kernel
def after_dot(code: int, wide: bool) -> bool:
    """Whether a mark may stand between the final dot and the end."""
    if code in (93, 41, 125, 62, _QUOTE, _APOSTROPHE):
        return True
    return wide and code in (187, 8221, 8217, _GAP)


@kernel
def final_dot(text: Ints, n: int, bits: Bits, wide: bool) -> tuple[int, int]:
    """(the dot that ends the sentence, where the marks after it end); -1, -1 when none does."""
    dot = n - 1
    while dot > 0 and text[dot] != _DOT:
        if not after_dot(text[dot], wide) and not bits[text[dot]] & SPACE:
            return -1, -1
        dot -= 1
    if dot < 1 or text[dot - 1] == _DOT:
        return -1, -1
    marks = dot + 1
    while marks < n and after_dot(text[marks], wide):
        marks += 1
    for place in range(marks, n):
        if not bits[text[place]] & SPACE:
            return -1, -1
    return dot, marks


@kernel
def cut_final_dot(text: Ints, n: int, out: Ints, bits: Bits, wide: bool) -> int:
    """The final dot stands alone; only this one is an end of sentence, the others stay with their words."""
    dot, marks = final_dot(text, n, bits, wide)
    if dot < 0:
        out[:n] = text[:n]
        return n
    out[:dot] = text[:dot]
    written = put(out, dot, _GAP)
    written = put(out, written, _DOT)
    if wide:
        written = put(out, written, _GAP)
    for place in range(dot + 1, marks):
        written = put(out, written, text[place])
    return put(out, written, _GAP)


@kernel
def commas(text: Ints, n: int, out: Ints, bits: Bits) -> int:
    """A comma or colon stands alone unless a digit follows."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        if code in (44, 58) and place + 1 < n and not bits[text[place + 1]] & DIGIT:
            written = put(out, written, _GAP)
            written = put(out, written, code)
            written = put(out, written, _GAP)
            written = put(out, written, text[place + 1])
            place += 2
        else:
            written = put(out, written, code)
            place += 1
    last = written - 1
    if last > 0 and out[last] == _FEED and out[last - 1] in (44, 58):
        code = out[last - 1]
        written = spaced(out, last - 1, code)
        return put(out, written, _FEED)
    if last >= 0 and out[last] in (44, 58):
        return spaced(out, last, out[last])
    return written


@kernel
def dots_and_signs(text: Ints, n: int, out: Ints) -> int:
    """Runs of dots, the signs ; @ # $ % & and long dashes stand alone."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        if code == _DOT and place + 1 < n and text[place + 1] == _DOT:
            written = put(out, written, _GAP)
            while place < n and text[place] == _DOT:
                written = put(out, written, _DOT)
                place += 1
            written = put(out, written, _GAP)
            continue
        if code in (59, 64, 35, 36, 37, 38) or 0x2012 <= code <= 0x2015:
            written = spaced(out, written, code)
        else:
            written = put(out, written, code)
        place += 1
    return written


@kernel
def asks_and_cries(text: Ints, n: int, out: Ints) -> int:
    """Question and exclamation marks stand alone."""
    written = 0
    for place in range(n):
        code = text[place]
        written = spaced(out, written, code) if code in (63, 33) else put(out, written, code)
    return written


@kernel
def trailing_apostrophes(text: Ints, n: int, out: Ints) -> int:
    """An apostrophe that ends a word stands alone."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        written = put(out, written, code)
        place += 1
        if code != _APOSTROPHE and place + 1 < n and text[place] == _APOSTROPHE and text[place + 1] == _GAP:
            written = spaced(out, written, _APOSTROPHE)
            place += 2
    return written


@kernel
def stars_and_brackets(text: Ints, n: int, out: Ints) -> int:
    """Stars, brackets and pairs of dashes stand alone."""
    written, place = 0, 0
    while place < n:
        code = text[place]
        if code in (42, 93, 91, 40, 41, 123, 125, 60, 62):
            written = spaced(out, written, code)
        elif code == _DASH and place + 1 < n and text[place + 1] == _DASH:
            written = put(out, written, _GAP)
            written = put(out, written, _DASH)
            written = put(out, written, _DASH)
            written = put(out, written, _GAP)
            place += 1
        else:
            written = put(out, written, code)
        place += 1
    return written


@kernel
def closing_quotes(text: Ints, n: int, out: Ints, bits: Bits) -> int:
    """Closing quotes become two apostrophes that stand alone; white space becomes one space, also at both ends."""
    out[0] = _GAP
    written, place = 1, 0
    while place < n:
        code = text[place]
        double = code == _APOSTROPHE and place + 1 < n and text[place + 1] == _APOSTROPHE
        alone = double or code == _QUOTE or code in _CLOSERS
        if (alone or bits[code] & SPACE) and out[written - 1] != _GAP:
            written = put(out, written, _GAP)
        if alone:
            if code in _CLOSERS:
                written = put(out, written, code)
            else:
                written = put(out, written, _APOSTROPHE)
                written = put(out, written, _APOSTROPHE)
            written = put(out, written, _GAP)
        elif not bits[code] & SPACE:
            written = put(out, written, code)
        place += 2 if double else 1
    if out[written - 1] != _GAP:
        written = put(out, written, _GAP)
    return written
