"""A text as near-duplicates see it: folded to lower case, runs of white space as one blank, and where its tokens lie.

The folded text is kept as words of eight bytes, so that a token is hashed eight bytes at a time. A text of ASCII
alone is folded by vector instructions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel, trailing_zeros

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
BLANK = 32

_SPACE = np.uint8(32)
_UPPER_A, _LOWER_A, _ZERO, _TAB, _FILE = (np.uint8(ord(letter)) for letter in "Aa0\t\x1c")
_LETTERS, _DIGITS = np.uint8(26), np.uint8(10)
_CONTROLS, _SEPARATORS = np.uint8(5), np.uint8(5)  # tab to carriage return; file separator to blank
_LOWER, _HIGH = np.uint8(0x20), np.uint8(0x80)

_ONES = np.uint64(0x0101010101010101)
_GATHER = np.uint64(0x0102040810204080)


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
def folded_plain(data: Bytes, start: int, end: int, low: Bytes, kinds: Bytes) -> int:
    """Fold a text of ASCII alone and mark the bytes of words with 1; returns its size, or -1 for another text."""
    text = data[start:end]
    n = len(text)
    every = np.uint8(0)
    doubled = np.uint8(0)
    for place in range(n):  # no branches, no tables: compiled to vector instructions
        byte = text[place]
        capital = np.uint8(byte - _UPPER_A) < _LETTERS
        letter = np.uint8(byte | _LOWER) if capital else byte
        word = (np.uint8(letter - _LOWER_A) < _LETTERS) | (np.uint8(byte - _ZERO) < _DIGITS)
        space = (np.uint8(byte - _TAB) < _CONTROLS) | (np.uint8(byte - _FILE) < _SEPARATORS)
        low[place] = _SPACE if space else letter
        kinds[place] = np.uint8(word)
        every |= byte
    if every & _HIGH:
        return -1
    for place in range(1, n):
        doubled |= np.uint8((low[place] == _SPACE) & (low[place - 1] == _SPACE))
    if doubled == 0 and (n == 0 or low[0] != _SPACE):
        return n
    size, blank = 0, 1
    for place in range(n):
        letter, kind = low[place], kinds[place]
        low[size] = letter
        kinds[size] = kind
        another = int(letter == _SPACE)
        size += 1 - (another & blank)
        blank = another
    return size


@kernel
def changes(flags: Lanes, size: int, edges: Longs) -> int:
    """Write the places where runs of ones start and end in bytes of 0 and 1, zeros after them; returns how many."""
    n = 0
    carried = np.uint64(0)
    for block in range((size + 63) >> 6):
        mask = np.uint64(0)
        for part in range(8):
            bits = ((flags[8 * block + part] & _ONES) * _GATHER) >> np.uint64(56)
            mask |= bits << np.uint64(8 * part)
        change = mask ^ ((mask << _ONE) | carried)
        carried = mask >> np.uint64(63)
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
def eight(words: Lanes, place: int) -> np.uint64:
    """Eight bytes from any place on."""
    word = np.uint64(place >> 3)
    turn = np.uint64(8 * (place & 7))
    upper = (words[word + _ONE] << _ONE) << (np.uint64(63) - turn)
    return np.uint64((words[word] >> turn) | upper)


@kernel
def token_hash(words: Lanes, start: int, end: int) -> np.uint64:
    """The hash of the bytes from start to end, at least one."""
    code = _START
    place = start
    while end - place > 8:
        code = (code ^ eight(words, place)) * _MIX
        code ^= code >> _BITS
        place += 8
    rest = eight(words, place) & (_ALL >> np.uint64(64 - 8 * (end - place)))
    code = (code ^ rest) * _MIX
    return (code ^ (code >> _BITS)) * _STIR


@kernel
def text_hash(words: Lanes, size: int) -> np.uint64:
    """The hash of a folded text of so many bytes, zeros after them; never 0."""
    code = _START ^ np.uint64(size)
    for index in range((size + 7) >> 3):
        code = (code ^ words[index]) * _MIX
        code ^= code >> _BITS
    return code if code != 0 else _ONE
