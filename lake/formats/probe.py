"""A bounded sample of the records of a source that depends on what they hold, never on their order.

Of all records the ones with the smallest hashes are kept, and for every column that is filled anywhere the ones with
the smallest hashes among those that fill it: a column that appears late or seldom is seen like any other. The hash is
of the values, so the same records give the same sample from every container, in every order, cut in any way.
"""

from __future__ import annotations

import json
from bisect import insort
from operator import itemgetter
from typing import Any

import orjson
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
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_digest_of = itemgetter(0)


class Probe:
    """Records are added in any order; probes of parts of a source are merged."""

    def __init__(self) -> None:
        self._drawn = _Smallest(RECORDS, _BYTES, _FEWEST)
        self._of_column: dict[str, _Smallest] = {}

    def add(self, record: Record) -> None:
        """Take a record into account."""
        held = {key: value for key, value in record.items() if value is not None}
        text = _text(held)
        entry = (xxh3_64_intdigest(text), len(text), record)
        self._drawn.add(entry)
        for key, value in held.items():
            if value or value is False or value == 0:
                found = self._of_column.get(key)
                if found is None:
                    found = self._follow(key)
                if entry[0] < found.limit:
                    found.add(entry)

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
        self.limit = 1 << 64
        """Digests from here on change nothing."""

    def add(self, entry: tuple[int, int, Record]) -> None:
        """Keep an entry if its digest is small enough; equal records are one."""
        if entry[0] >= self.limit or any(entry[0] == digest for digest, *_ in self.entries):
            return
        insort(self.entries, entry, key=_digest_of)
        self._bytes += entry[1]
        while len(self.entries) > self._most or (self._bytes > self._room and len(self.entries) > self._least):
            self.limit, size, _ = self.entries.pop()
            self._bytes -= size

    def merge(self, other: _Smallest) -> None:
        """Keep the smallest of both."""
        for entry in other.entries:
            self.add(entry)
        self.limit = min(self.limit, other.limit)


def _text(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, default=as_plain, option=_OPTIONS)
    except (TypeError, ValueError):  # an integer over 64 bits, a lone surrogate, or nested too deeply
        try:
            text = json.dumps(record, default=as_plain, sort_keys=True, ensure_ascii=True)
        except (TypeError, ValueError, RecursionError):
            return repr(sorted(map(str, record))).encode()
        return text.encode()
