"""Compiled loops of `lake.identity_columns`: texts into the bytes that identities are hashed from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PLAIN, SPACE, UPPER, OTHER = 0, 1, 2, 3
"""Classes of characters: stays as it is, white space, ASCII capital, needs the full Unicode rules."""

CLASSES = 0x20000
"""Code points that have a class of their own; those above are OTHER."""


@kernel
def character(data: Bytes, place: int) -> tuple[int, int]:
    """The code point at a place of valid UTF-8, and its width in bytes."""
    first = np.int64(data[place])
    if first < 0x80:
        return int(first), 1
    second = np.int64(data[place + 1] & 0x3F)
    if first < 0xE0:
        return int(((first & 0x1F) << 6) | second), 2
    third = np.int64(data[place + 2] & 0x3F)
    if first < 0xF0:
        return int(((first & 0x0F) << 12) | (second << 6) | third), 3
    return int(((first & 0x07) << 18) | (second << 12) | (third << 6) | np.int64(data[place + 3] & 0x3F)), 4


@kernel
def is_plain(data: Bytes, start: int, end: int, classes: Bytes) -> bool:
    """Whether every character of a text stays as it is."""
    place = start
    while place < end:
        if data[place] < 0x80:
            place += 1
            continue
        code, width = character(data, place)
        if code >= CLASSES or classes[code] != PLAIN:
            return False
        place += width
    return True


@kernel
def put(target: Bytes, at: int, source: Bytes, start: int, end: int) -> int:
    """Copy a byte range; returns where the next one goes."""
    target[at : at + end - start] = source[start:end]
    return at + end - start


@kernel
def put_number(target: Bytes, at: int, number: int) -> int:
    """Write a number in decimal digits; returns where the next byte goes."""
    digits, rest = 1, number // 10
    while rest:
        digits += 1
        rest //= 10
    for place in range(at + digits - 1, at - 1, -1):
        target[place] = 48 + number % 10
        number //= 10
    return at + digits


@kernel
def add_messages(  # noqa: PLR0917 - kernels take arguments by position
    role: Bytes,
    data: Bytes,
    offsets: Ints,
    present: Flags,
    classes: Bytes,
    encoded: Bytes,
    ends: Longs,
    simple: Flags,
) -> None:
    """Append the message of one role to the encodings of n conversations, each at its place `ends[i]` of `encoded`.

    A row with a character that NFC may change is no longer `simple`, and its encoding is incomplete.
    """
    separator = np.uint8(0x1F)
    for row in range(len(offsets) - 1):
        if not present[row] or not simple[row]:
            continue
        start, end = offsets[row], offsets[row + 1]
        if not is_plain(data, start, end, classes):
            simple[row] = False
            continue
        at = put(encoded, ends[row], role, 0, len(role))
        encoded[at] = separator
        at = put_number(encoded, at + 1, end - start)
        encoded[at] = separator
        ends[row] = put(encoded, at + 1, data, start, end)


@kernel
def normalised_prompts(data: Bytes, offsets: Ints, classes: Bytes) -> tuple[Bytes, Longs, Flags]:
    """Lower case with white space collapsed: bytes, offsets[n + 1], and which rows need the full rules instead."""
    n = len(offsets) - 1
    written = np.empty(offsets[n] - offsets[0], dtype=np.uint8)
    ends = np.zeros(n + 1, dtype=np.int64)
    simple = np.ones(n, dtype=np.bool_)
    at = 0
    for row in range(n):
        begin, place, end = at, offsets[row], offsets[row + 1]
        spaced = False
        while place < end:
            code, width = character(data, place)
            kind = classes[code] if code < CLASSES else OTHER
            if kind == OTHER:
                simple[row] = False
                at = begin
                break
            if kind == SPACE:
                spaced = at > begin
            else:
                if spaced:
                    written[at] = 32
                    at += 1
                    spaced = False
                if kind == UPPER:
                    written[at] = data[place] + 32
                    at += 1
                else:
                    for index in range(width):
                        written[at] = data[place + index]
                        at += 1
            place += width
        ends[row + 1] = at
    return written, ends, simple
