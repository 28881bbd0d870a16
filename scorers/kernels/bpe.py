"""Byte-pair encoding of texts with the table of o200k_base."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lake.compiled import kernel
from scorers.derived.characters import UNKNOWN
from scorers.kernels.o200k import piece_end
from scorers.kernels.points import HASH_START, HASH_STEP, Bytes, Ints, Longs, decoded, longest, slot_of
from scorers.kernels.split import power_above, same

Bits = npt.NDArray[np.uint16]

LONGEST_PIECE = 512
"""Bytes of a piece that are merged here; the work grows with their square, so longer ones are left."""

_NEVER = 1 << 30
_SHORT = 15
_REMEMBERED_BITS = 13
_REMEMBERED = 1 << _REMEMBERED_BITS
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Table(NamedTuple):
    """Token r is `data[edges[r]:edges[r + 1]]`; slots hold r + 1, 0 is free; pairs are the ranks of two bytes."""

    data: Bytes
    edges: Longs
    slots: Ints
    pairs: Ints


@kernel
def token_slots(data: Bytes, edges: Longs) -> Ints:
    """The open hash table of the tokens `data[edges[r]:edges[r + 1]]`."""
    slots = np.zeros(power_above(2 * len(edges)), dtype=np.int32)
    mask = len(slots) - 1
    for token in range(len(edges) - 1):
        code = HASH_START
        for place in range(edges[token], edges[token + 1]):
            code = (code ^ np.uint64(data[place])) * HASH_STEP
        slot = slot_of(code, mask)
        while slots[slot] != 0:
            slot = (slot + 1) & mask
        slots[slot] = token + 1
    return slots


@kernel
def byte_pairs(data: Bytes, edges: Longs) -> Ints:
    """The rank of every pair of bytes; `_NEVER` for those that are no token."""
    pairs = np.full(65536, _NEVER, dtype=np.int32)
    for token in range(len(edges) - 1):
        place = edges[token]
        if edges[token + 1] - place == 2:
            pairs[(np.int64(data[place]) << 8) | np.int64(data[place + 1])] = token
    return pairs


@kernel
def rank(table: Table, data: Bytes, start: int, end: int) -> int:
    """The rank of the token `data[start:end]`; `_NEVER` when there is none."""
    code = HASH_START
    for place in range(start, end):
        code = (code ^ np.uint64(data[place])) * HASH_STEP
    mask = len(table.slots) - 1
    slot = slot_of(code, mask)
    while table.slots[slot] != 0:
        token = table.slots[slot] - 1
        first = table.edges[token]
        if table.edges[token + 1] - first == end - start and same(table.data, first, data, start, end - start):
            return int(token)
        slot = (slot + 1) & mask
    return _NEVER


@kernel
def encoded(  # noqa: PLR0917 - kernels take arguments by position
    table: Table, data: Bytes, start: int, end: int, starts: Longs, ranks: Longs, ids: Ints, filled: int
) -> int:
    """Write the tokens of the piece `data[start:end]` to ids; returns where they end.

    Unless it is one token, the pair of lowest rank is merged, the leftmost of equals, until no pair is a token.
    """
    whole = rank(table, data, start, end)
    if whole != _NEVER:
        ids[filled] = whole
        return filled + 1
    parts = end - start
    for part in range(parts + 1):
        starts[part] = start + part
    for part in range(parts - 1):
        ranks[part] = table.pairs[(np.int64(data[start + part]) << 8) | np.int64(data[start + part + 1])]
    while parts > 1:
        best = 0
        for part in range(1, parts - 1):
            if ranks[part] < ranks[best]:
                best = part
        if ranks[best] == _NEVER:
            break
        for part in range(best + 1, parts):
            starts[part] = starts[part + 1]
        for part in range(best + 1, parts - 2):
            ranks[part] = ranks[part + 1]
        parts -= 1
        if best + 1 < parts:
            ranks[best] = rank(table, data, starts[best], starts[best + 2])
        if best > 0:
            ranks[best - 1] = rank(table, data, starts[best - 1], starts[best + 1])
    for part in range(parts):
        ids[filled + part] = rank(table, data, starts[part], starts[part + 1])
    return filled + parts


@kernel
def packed(data: Bytes, start: int, end: int) -> tuple[np.uint64, np.uint64]:
    """Up to 15 bytes and how many they are, as two numbers."""
    low, high = np.uint64(0), np.uint64(end - start)
    for place in range(start, min(end, start + 8)):
        low = (low << np.uint64(8)) | np.uint64(data[place])
    for place in range(start + 8, end):
        high = (high << np.uint64(8)) | np.uint64(data[place])
    return low, high


@kernel
def token_ids(data: Bytes, offsets: Longs, bits: Bits, table: Table) -> tuple[Ints, Longs, npt.NDArray[np.bool_]]:
    """Token ids, offsets[n + 1], and which of n texts were left out: too long a piece, or an unknown character.

    Short pieces are remembered by where their tokens were written last, so that a frequent word is looked up once.
    """
    n = len(offsets) - 1
    text = np.empty(longest(offsets) + 1, dtype=np.int32)
    ids = np.empty(offsets[n] - offsets[0], dtype=np.int32)
    ends = np.zeros(n + 1, dtype=np.int64)
    left = np.zeros(n, dtype=np.bool_)
    starts = np.empty(LONGEST_PIECE + 1, dtype=np.int64)
    ranks = np.empty(LONGEST_PIECE + 1, dtype=np.int64)
    pieces = np.zeros((_REMEMBERED, 2), dtype=np.uint64)
    written = np.empty((_REMEMBERED, 2), dtype=np.int64)
    filled = 0
    for row in range(n):
        points = decoded(data, offsets[row], offsets[row + 1], text)
        place, begin = 0, offsets[row]
        unknown = 0
        while place < points:
            stop = piece_end(text, place, points, bits)
            end = begin
            for index in range(place, stop):
                point = text[index]
                unknown |= bits[point]
                end += 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)
            first = filled
            if end - begin <= _SHORT:
                low, high = packed(data, begin, end)
                code = (low ^ (high * _SPREAD)) * _SPREAD
                slot = np.int64(code >> np.uint64(64 - _REMEMBERED_BITS))
                if pieces[slot, 0] == low and pieces[slot, 1] == high:
                    for index in range(written[slot, 0], written[slot, 1]):
                        ids[filled] = ids[index]
                        filled += 1
                else:
                    filled = encoded(table, data, begin, end, starts, ranks, ids, filled)
                    pieces[slot, 0], pieces[slot, 1] = low, high
                written[slot, 0], written[slot, 1] = first, filled
            elif end - begin <= LONGEST_PIECE:
                filled = encoded(table, data, begin, end, starts, ranks, ids, filled)
            else:
                unknown |= UNKNOWN
            if unknown & UNKNOWN:
                break
            place, begin = stop, end
        if unknown & UNKNOWN:
            left[row] = True
            filled = ends[row]
            pieces[:] = 0  # some may stand in what was just dropped; no piece has length 0
        ends[row + 1] = filled
    return ids[:filled].copy(), ends, left
