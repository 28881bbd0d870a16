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
Lanes = npt.NDArray[np.uint64]

LONGEST_PIECE = 512
"""Bytes of a piece that are merged here; the work grows with their square, so longer ones are left."""

_NEVER = 1 << 30
_SHORT = 15
_REMEMBERED_BITS = 13
_REMEMBERED = 1 << _REMEMBERED_BITS
_JOINED_BITS = 14
_JOINED = 1 << _JOINED_BITS
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Table(NamedTuple):
    """Token r is `data[edges[r]:edges[r + 1]]`; slots hold r + 1, 0 is free; of one byte and of two the ranks."""

    data: Bytes
    edges: Longs
    slots: Ints
    bytes: Ints
    pairs: Ints


class Merging(NamedTuple):
    """Room to merge the longest piece, and what two neighbouring tokens make, remembered by both of their ids."""

    starts: Ints
    owned: Ints
    ranks: Ints
    asked: Lanes
    answers: Ints


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
def short_tokens(data: Bytes, edges: Longs) -> tuple[Ints, Ints]:
    """The rank of every byte and of every pair of bytes; `_NEVER` for those that are no token."""
    single = np.full(256, _NEVER, dtype=np.int32)
    pairs = np.full(65536, _NEVER, dtype=np.int32)
    for token in range(len(edges) - 1):
        place = edges[token]
        if edges[token + 1] - place == 1:
            single[data[place]] = token
        elif edges[token + 1] - place == 2:
            pairs[(np.int64(data[place]) << 8) | np.int64(data[place + 1])] = token
    return single, pairs


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
def joined(table: Table, data: Bytes, begin: int, part: int, merging: Merging) -> int:
    """The rank of a part and the next as one token; `_NEVER` when they are none."""
    one, other = np.uint64(merging.owned[part]), np.uint64(merging.owned[part + 1])
    key = (one << np.uint64(32)) | (other + np.uint64(1))
    slot = np.int64((key * _SPREAD) >> np.uint64(64 - _JOINED_BITS))
    if merging.asked[slot] != key:
        merging.asked[slot] = key
        end = begin + merging.starts[part + 2]
        merging.answers[slot] = rank(table, data, begin + merging.starts[part], end)
    return int(merging.answers[slot])


@kernel
def lowest(ranks: Ints, count: int) -> int:
    """The first place of the lowest of the first ranks; 0 of none."""
    best = 0
    for place in range(1, count):
        if ranks[place] < ranks[best]:
            best = place
    return best


@kernel
def encoded(  # noqa: PLR0917 - kernels take arguments by position
    table: Table, data: Bytes, begin: int, end: int, merging: Merging, ids: Ints, filled: int
) -> int:
    """Write the tokens of the piece `data[begin:end]` to ids; returns where they end.

    Unless it is one token, the pair of lowest rank is merged, the leftmost of equals, until no pair is a token.
    """
    whole = rank(table, data, begin, end)
    if whole != _NEVER:
        ids[filled] = whole
        return filled + 1
    starts, owned, ranks = merging.starts, merging.owned, merging.ranks
    parts = end - begin
    for part in range(parts):
        starts[part] = part
        owned[part] = table.bytes[data[begin + part]]
    starts[parts] = parts
    for part in range(parts - 1):
        ranks[part] = table.pairs[(np.int64(data[begin + part]) << 8) | np.int64(data[begin + part + 1])]
    while parts > 1:
        best = lowest(ranks, parts - 1)
        if ranks[best] == _NEVER:
            break
        owned[best] = ranks[best]
        for part in range(best + 1, parts - 1):
            owned[part] = owned[part + 1]
        for part in range(best + 1, parts):
            starts[part] = starts[part + 1]
        for part in range(best + 1, parts - 2):
            ranks[part] = ranks[part + 1]
        parts -= 1
        if best + 1 < parts:
            ranks[best] = joined(table, data, begin, best, merging)
        if best > 0:
            ranks[best - 1] = joined(table, data, begin, best - 1, merging)
    for part in range(parts):
        ids[filled + part] = owned[part]
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
    merging = Merging(
        np.empty(LONGEST_PIECE + 1, dtype=np.int32),
        np.empty(LONGEST_PIECE + 1, dtype=np.int32),
        np.empty(LONGEST_PIECE + 1, dtype=np.int32),
        np.zeros(_JOINED, dtype=np.uint64),
        np.empty(_JOINED, dtype=np.int32),
    )
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
                    filled = encoded(table, data, begin, end, merging, ids, filled)
                    pieces[slot, 0], pieces[slot, 1] = low, high
                written[slot, 0], written[slot, 1] = first, filled
            elif end - begin <= LONGEST_PIECE:
                filled = encoded(table, data, begin, end, merging, ids, filled)
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
