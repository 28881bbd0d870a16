"""A bounded sample of the records of a source that depends on what they hold, never on their order.

Of all records the ones with the smallest hashes are kept, and for every column that is filled anywhere the ones with
the smallest hashes among those that fill it: a column that appears late or seldom is seen like any other. The hash of
a record is the sum of the hashes of its values, each with its column as the seed, so the same records give the same
sample from every container, in every order, cut in any way, and as columns like one by one.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise, repeat
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_64_intdigest

from lake.formats.base import Record
from lake.formats.values import as_plain

RECORDS = 200
"""Records drawn among all."""

RECORDS_OF_A_COLUMN = 8
"""Records drawn among those that fill a column."""

COLUMNS = 2000
"""Columns that are followed, the first in alphabetical order where there are more."""

_BYTES, _COLUMN_BYTES = 8 << 20, 128 << 10
_FEWEST = 5
_HASHES = 1 << 64
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_digest_of = itemgetter(0)


class Probe:
    """Records are added in any order; probes of parts of a source are merged."""

    def __init__(self) -> None:
        self._drawn = _Smallest(RECORDS, _BYTES, _FEWEST)
        self._of_column: dict[str, _Smallest] = {}

    def add(self, record: Record) -> None:
        """Take a record into account."""
        digest = size = 0
        held = [(key, value) for key, value in record.items() if value is not None]
        for key, value in held:
            text = value.encode("utf-8", "surrogatepass") if type(value) is str else _text(value)
            digest += xxh3_64_intdigest(text, _seed(key, type(value) is str))
            size += len(text)
        entry = (digest % _HASHES, size, record)
        self._drawn.add(entry)
        for key, value in held:
            if value or value is False or value == 0:
                found = self._of_column.get(key)
                if found is None:
                    found = self._follow(key)
                if entry[0] < found.limit:
                    found.add(entry)

    def add_columns(self, batch: pa.RecordBatch, record_of: Callable[[int], Record]) -> None:
        """Take n records into account that are columns of text, whole numbers and truth values.

        record_of: a row of the batch as a record, asked for those that are drawn.
        """
        digests, sizes = np.zeros(len(batch), np.uint64), np.zeros(len(batch), np.int64)
        filled: dict[str, npt.NDArray[np.bool_]] = {}
        for key, column in zip(batch.schema.names, batch.columns, strict=True):
            texts = pa.types.is_string(column.type)
            written = column if texts else column.cast(pa.string())
            lengths = np.asarray(pc.binary_length(written).fill_null(0))
            there = np.asarray(column.is_valid())
            digests += np.where(there, _digests(written, _seed(key, texts)), 0).astype(np.uint64)
            sizes += lengths
            filled[key] = lengths > 0
        rows = np.unique(digests, return_index=True)[1]  # equal records are one

        def draw(found: _Smallest, most: int, rows: npt.NDArray[np.int64]) -> None:
            for row in rows[:most].tolist():
                if (digest := int(digests[row])) >= found.limit:
                    return
                found.add((digest, int(sizes[row]), record_of(row)))

        draw(self._drawn, RECORDS, rows)
        for key, those in filled.items():
            among = rows[those[rows]]
            if len(among):
                draw(self._of_column.get(key) or self._follow(key), RECORDS_OF_A_COLUMN, among)

    def merge(self, other: Probe) -> None:
        """Take the records of another probe into account."""
        self._drawn.merge(other._drawn)
        for key, found in other._of_column.items():
            (self._of_column.get(key) or self._follow(key)).merge(found)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that any record fills."""
        return frozenset(self._of_column)

    def records(self) -> list[Record]:
        """The sample, in the order of the hashes."""
        found = (self._drawn, *self._of_column.values())
        drawn = {digest: record for each in found for digest, _, record in each.entries}
        return [drawn[digest] for digest in sorted(drawn)]

    def _follow(self, key: str) -> _Smallest:
        found = self._of_column[key] = _Smallest(RECORDS_OF_A_COLUMN, _COLUMN_BYTES, 1)
        if len(self._of_column) > COLUMNS:
            del self._of_column[max(self._of_column)]
        return found


class _Smallest:
    """The entries with the smallest digests: at most so many, of so many bytes together, but never fewer than least."""

    def __init__(self, most: int, room: int, least: int) -> None:
        self._most, self._room, self._least = most, room, least
        self._bytes = 0
        self.entries: list[tuple[int, int, Record]] = []
        self.limit = _HASHES
        """Digests from here on change nothing."""

    def add(self, entry: tuple[int, int, Record]) -> None:
        """Keep an entry if its digest is small enough; equal records are one."""
        if entry[0] >= self.limit:
            return
        place = bisect_left(self.entries, entry[0], key=_digest_of)
        if place < len(self.entries) and self.entries[place][0] == entry[0]:
            return
        self.entries.insert(place, entry)
        self._bytes += entry[1]
        while len(self.entries) > self._most or (self._bytes > self._room and len(self.entries) > self._least):
            self.limit, size, _ = self.entries.pop()
            self._bytes -= size

    def merge(self, other: _Smallest) -> None:
        """Keep the smallest of both."""
        for entry in other.entries:
            self.add(entry)
        self.limit = min(self.limit, other.limit)


@lru_cache(COLUMNS)
def _seed(column: str, text: bool) -> int:
    """What a value of a column is hashed with; a number is not the text that it is written as."""
    return xxh3_64_intdigest(column.encode("utf-8", "surrogatepass")) ^ text


def _digests(texts: pa.Array, seed: int) -> npt.NDArray[np.uint64]:
    _, ends, data = texts.buffers()
    edges = np.frombuffer(ends, np.int32)[texts.offset : texts.offset + len(texts) + 1].tolist()
    held = memoryview(data if data is not None else b"")
    slices = (held[start:end] for start, end in pairwise(edges))
    return np.fromiter(map(xxh3_64_intdigest, slices, repeat(seed)), np.uint64, len(texts))


def _text(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=as_plain, option=_OPTIONS)
    except (TypeError, ValueError):  # an integer over 64 bits, a lone surrogate, or nested too deeply
        try:
            text = json.dumps(value, default=as_plain, sort_keys=True, ensure_ascii=True)
        except (TypeError, ValueError, RecursionError):
            return type(value).__name__.encode()
        return text.encode()
