"""What merging small files does, told beforehand: DuckLake itself has no such answer."""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

import duckdb

from lake.files import Inventory
from lake.relations import run

_MERGED_BYTES = 512e6
"""The size up to which DuckLake merges files, unless told otherwise."""


class Current(NamedTuple):
    """A data file of the current snapshot; files of one part that are mergeable may become one."""

    number: int
    part: int
    bytes: int
    mergeable: bool
    table: str
    has_deletions: bool


def current_files(connection: duckdb.DuckDBPyConnection) -> list[Current]:
    """The data files of the current snapshot."""
    return [Current(*row) for row in run(connection, "current_files").fetchall()]


def _parts(current: list[Current]) -> list[list[tuple[int, int]]]:
    """Numbers and bytes of the files that become one, or few."""
    parts = defaultdict(list)
    for file in current:
        if file.mergeable:
            parts[file.part].append((file.number, file.bytes))
    return [part for part in parts.values() if len(part) > 1]


def merging(current: list[Current]) -> Iterator[int]:
    """Numbers of the files that are about to be merged."""
    return (number for part in _parts(current) for number, _ in part)


def merged(current: list[Current]) -> int:
    """How many files they become."""
    return sum(math.ceil(sum(size for _, size in part) / _MERGED_BYTES) for part in _parts(current))


def work(current: list[Current]) -> Iterator[tuple[str, str]]:
    """What DuckLake may have to do, and for which table; each is a commit that waits for other writers."""
    for table, count in sorted(Counter(file.table for file in current).items()):
        if any(file.has_deletions for file in current if file.table == table):
            yield "ducklake_rewrite_data_files", table
        if count > 1:
            yield "ducklake_merge_adjacent_files", table


def freed(found: Inventory, expiring: Collection[int], snapshots: list[int], merged: Collection[int]) -> list[str]:
    """The files that are needed no more once these snapshots are gone and these files are merged."""
    kept = sorted(set(snapshots) - set(expiring))

    def needed(begin: int, end: int | None) -> bool:
        place = bisect.bisect_left(kept, begin)
        return end is None or (place < len(kept) and kept[place] < end)

    return sorted(
        path
        for path, file in found.live.items()
        if not needed(file.begin, file.end) or (file.end is None and file.number in merged)
    )
