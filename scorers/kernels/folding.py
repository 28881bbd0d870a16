"""A text as near-duplicates see it: folded to lower case, runs of white space as one blank, and where its tokens lie.

The folded text is kept as words of eight bytes, so that a token is hashed eight bytes at a time. A text of ASCII
alone is folded by vector instructions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel, trailing_zeros
from scorers.kernels.vectors import eight, lowered, moved

Bytes = npt.NDArray[np.uint8]
Shorts = npt.NDArray[np.uint16]
Lanes = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]

SEPARATOR, WORD, SINGLE, MARK, SPACE = 0, 1, 2, 3, 4
"""What a character is: SINGLE is a token by itself, a MARK belongs to what it follows, SPACE separates as well."""

_START = np.uint64(14695981039346656037)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_STIR = np.uint64(0xFF51AFD7ED558CCD)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_BITS = np.uint64(32)
_ONE = np.uint64(1)
_LAST = np.uint64(63)
_ZERO_BYTE = np.uint8(0)
BLANK = 32


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
def put(low: Bytes, size: int, point: int) -> int:
    """Write a code point as UTF-8; returns the size after it."""
    if point < 0x80:
        low[size] = point
        return size + 1
    if point < 0x800:
        low[size] = 0xC0 | (point >> 6)
        low[size + 1] = 0x80 | (point & 0x3F)
        return size + 2
    if point < 0x10000:
        low[size] = 0xE0 | (point >> 12)
        low[size + 1] = 0x80 | ((point >> 6) & 0x3F)
        low[size + 2] = 0x80 | (point & 0x3F)
        return size + 3
    low[size] = 0xF0 | (point >> 18)
    low[size + 1] = 0x80 | ((point >> 12) & 0x3F)
    low[size + 2] = 0x80 | ((point >> 6) & 0x3F)
    low[size + 3] = 0x80 | (point & 0x3F)
    return size + 4


@kernel
def folded_plain(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes, start: int, end: int, low: Bytes, masks: Lanes, spare: Bytes
) -> int:
    """Fold a text of ASCII alone and set the bits of bytes of words; returns its size, or -1 for another text.

    - low: room for the text and 64 bytes more; masks: a bit a byte, room for the text and one more; spare: 192 bytes.
    """
    size = 0
    blank = _ONE
    masks[0] = 0
    for place in range(start, end, 64):
        valid = _ALL
        if end - place >= 64:
            word, space, high = lowered(data, place, spare)
        else:
            valid = _ALL >> np.uint64(64 - (end - place))
            for index in range(64):
                spare[128 + index] = data[place + index] if place + index < end else _ZERO_BYTE
            word, space, high = lowered(spare, 128, spare)
        if high:
            return -1
        kept = valid & ~(space & ((space << _ONE) | blank))  # not a blank after a blank
        blank = space >> _LAST
        first = 0
        while kept:
            skipped = trailing_zeros(kept)
            first += skipped
            kept >>= np.uint64(skipped)
            run = trailing_zeros(~kept)
            moved(spare, first, low, size)
            bits = (word >> np.uint64(first)) & (_ALL >> np.uint64(64 - run))
            turn = np.uint64(size & 63)
            masks[size >> 6] |= bits << turn
            masks[(size >> 6) + 1] = (bits >> _ONE) >> (_LAST - turn)
            size += run
            first += run
            kept = (kept >> _ONE) >> np.uint64(run - 1)
    return size


@kernel
def changes(masks: Lanes, size: int, edges: Longs) -> int:
    """Write the places where runs of ones start and end in so many bits, zeros after them; returns how many."""
    n = 0
    carried = np.uint64(0)
    for block in range((size + 63) >> 6):
        mask = masks[block]
        change = mask ^ ((mask << _ONE) | carried)
        carried = mask >> _LAST
        while change:
            edges[np.uint64(n)] = (block << 6) + trailing_zeros(change)
            n += 1
            change &= change - _ONE
    if carried:
        edges[n] = size
        n += 1
    return n


@kernel
def fold(  # noqa: PLR0917 - kernels take arguments by position
    data: Bytes, start: int, end: int, classes: Bytes, folded: Shorts, characters: bool, low: Bytes, edges: Longs
) -> tuple[int, int]:
    """Write the folded text and the places where its tokens start and end; returns bytes and edges written.

    - low: room for 1.5 bytes per byte of text and 16 more; edges: for two per byte and two more.
    """
    size, n = 0, 0
    inside, blank = 0, 1
    place = start
    while place < end:
        kind, point, width = character(data, place, classes, folded)
        place += width
        joins = kind == MARK and (inside == 1 or (n > 0 and edges[n - 1] == size))
        alone = characters or kind == SINGLE
        if inside == 1 and not joins and (alone or kind in (SEPARATOR, SPACE)):
            edges[n] = size
            n += 1
            inside = 0
        if kind == SPACE:
            if blank == 0:
                size = put(low, size, BLANK)
            blank = 1
            continue
        blank = 0
        if kind == SEPARATOR:
            size = put(low, size, point)
            continue
        if joins and inside == 0:
            n -= 1  # the token before ends after this mark
            size = put(low, size, point)
            edges[n] = size
            n += 1
            continue
        if inside == 0:
            edges[n] = size
            n += 1
            inside = 1
        size = put(low, size, point)
        if alone:
            edges[n] = size
            n += 1
            inside = 0
    if inside == 1:
        edges[n] = size
        n += 1
    if size > 0 and low[size - 1] == BLANK:
        size -= 1
    return size, n


@kernel
def stirred(code: np.uint64, word: np.uint64) -> np.uint64:
    """A hash code with eight more bytes in it."""
    code = (code ^ word) * _MIX
    return np.uint64(code ^ (code >> _BITS))


@kernel
def token_hash(low: Bytes, start: int, end: int) -> np.uint64:
    """The hash of the bytes from start to end, at least one; 16 bytes after them can be read.

    Up to 16 bytes go in without a branch: no processor foresees how long the next word is.
    """
    code = _START
    while end - start > 16:
        code = stirred(code, eight(low, start))
        start += 8
    bits = 8 * (end - start)
    first = eight(low, start) & (_ALL >> np.uint64(max(64 - bits, 0)))
    second = eight(low, start + 8) & ((_ALL >> _ONE) >> np.uint64(min(127 - bits, 63)))
    return stirred(stirred(code, first), second) * _STIR


@kernel
def text_hash(words: Lanes, size: int) -> np.uint64:
    """The hash of a folded text of so many bytes, 32 zeros after them; never 0.

    Four codes take turns, so that none waits for the product before.
    """
    a, b, c, d = _START, _MIX, _STIR, _ALL
    for index in range(0, (size + 7) >> 3, 4):
        a, b = stirred(a, words[index]), stirred(b, words[index + 1])
        c, d = stirred(c, words[index + 2]), stirred(d, words[index + 3])
    code = stirred(stirred(stirred(stirred(_START ^ np.uint64(size), a), b), c), d)
    return code if code != 0 else _ONE
