"""Keeping house: expire old snapshots, merge small files, delete what nothing refers to; readers and writers go on.

DuckLake compares times of an embedded catalogue as texts, so that everything of a year can pass for older than a
moment: which snapshots and files go is chosen here and told to DuckLake by number. What stops being needed stays for
a time, for queries and programs that still read it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from lake import contents, inlined, layout, merging, ownership
from lake.errors import LakeError, UsageError
from lake.files import METADATA, File, Inventory, RealPaths, inventory, live_files
from lake.layout import OldLayout
from lake.relations import run
from lake.settings import Settings
from lake.transactions import retrying
from lake.workplace import Use

Connection = duckdb.DuckDBPyConnection

GRACE = "1 day"
"""How long files stay that nothing needs any more, and files that no commit knows yet."""

_DAY = 86_400.0
_QUEUE = f"{METADATA}.ducklake_files_scheduled_for_deletion"
_EPOCH = "1970-01-01 00:00:00+00"
_AFTER_EPOCH = "1971-01-01 00:00:00+00"
_FIRST_NUMBER = 1 << 62
"""Numbers for files that the catalogue never knew, where it is told to delete them: DuckLake counts its own from 0."""


@dataclass(frozen=True)
class LostSnapshot:
    """A slice or an export whose snapshot is gone: it stays, but cannot be made again from the same lake."""

    kind: str
    name: str
    snapshot: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"kind": self.kind, "name": self.name, "snapshot": self.snapshot}


@dataclass(frozen=True)
class Compaction:
    """What compacting did, or would do where `dry_run`; then `files_after` and `files_waiting` are estimates.

    - files_before, files_after: data files of the current snapshot.
    - expired: the snapshots forgotten, ascending.
    - in_use: snapshots old enough that stay, because an open program reads them.
    - losses: slices and exports whose snapshot is forgotten.
    - unneeded: files deleted that no snapshot needs any more.
    - orphans: files deleted that interrupted runs left.
    - files_waiting: files of both kinds that are too young to be deleted.
    - relaid: datasets whose scores are rewritten, since they lie as an older version laid them out.
    - forgotten: rows by relation that are of contents no sample and no slice has; deleted where that was asked for.
    """

    dry_run: bool
    files_before: int
    files_after: int
    expired: tuple[int, ...] = ()
    in_use: tuple[int, ...] = ()
    losses: tuple[LostSnapshot, ...] = ()
    unneeded: tuple[File, ...] = ()
    orphans: tuple[File, ...] = ()
    files_waiting: int = 0
    relaid: tuple[OldLayout, ...] = ()
    forgotten: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "dry_run": self.dry_run,
            "files_before": self.files_before,
            "files_after": self.files_after,
            "snapshots_expired": len(self.expired),
            "expired": list(self.expired),
            "in_use": list(self.in_use),
            "losses": [loss.as_dict() for loss in self.losses],
            "files_deleted": len(self.unneeded),
            "unneeded": [file.as_dict() for file in self.unneeded],
            "orphans_deleted": len(self.orphans),
            "orphans": [file.as_dict() for file in self.orphans],
            "files_waiting": self.files_waiting,
            "relaid": [old.as_dict() for old in self.relaid],
            "forgotten": self.forgotten,
        }


@dataclass(frozen=True)
class House:
    """A lake to keep in order.

    - grace: seconds that files stay which nothing needs.
    - others: tells what the other lakes that are open on this home are used for.
    - alone: keeps other writers out while a block runs.
    - transact: see `Lake.transact`.
    """

    connection: Connection
    settings: Settings
    grace: float
    others: Callable[[], list[Use]]
    alone: Callable[[], AbstractContextManager[None]]
    transact: Callable[..., Any]


def compact(house: House, *, expire_older_than: str | None, unused_contents: bool, dry_run: bool) -> Compaction:
    """Do what `Lake.compact` says."""
    connection, settings = house.connection, house.settings
    at_once = house.grace < _DAY
    if at_once and house.others():
        raise UsageError(
            f"The lake is open elsewhere: files that nothing needs have to stay for {GRACE}.",
            hint="End the other programs, or leave out --grace.",
        )
    planned = _planned(house, expire_older_than)
    if unused_contents:
        planned = replace(planned, forgotten=contents.unused(connection))
    if dry_run:
        return planned
    if inlined.to_flush(connection, settings):
        connection.execute("call lake.set_option('data_inlining_row_limit', 0)")
        house.transact(inlined.flush, message="move rows from the catalogue to files")
    layout.rewrite(connection, house.transact)
    forgotten = contents.forget(connection, house.transact) if unused_contents else {}
    expired, in_use = _expire(house, expire_older_than)
    # Deleting comes before merging, which needs room; what merging makes needless goes at once only where it may.
    gone = [_delete(house)]
    for call, table in merging.work(merging.current_files(connection)):
        house.transact(_calling(call, table), message=f"merge small files of {table}")
    if at_once:
        gone.append(_delete(house))
    left = inventory(connection, settings)
    return replace(
        planned,
        dry_run=False,
        files_after=len(merging.current_files(connection)),
        expired=expired,
        in_use=in_use,
        unneeded=tuple(file for unneeded, _ in gone for file in unneeded),
        orphans=tuple(file for _, orphans in gone for file in orphans),
        files_waiting=len(left.unneeded) + len(left.unknown),
        forgotten=forgotten,
    )


def losses(connection: Connection, expiring: Collection[int] = ()) -> tuple[LostSnapshot, ...]:
    """Slices and exports whose snapshot is gone, or would be without those named."""
    return tuple(LostSnapshot(*row) for row in run(connection, "lost_snapshots", expiring=list(expiring)).fetchall())


def interval_seconds(connection: Connection, interval: str) -> float:
    """An interval such as '12 hours' in seconds; raises UsageError for what is none, or is negative."""
    try:
        row = connection.execute("select epoch(cast(? as interval)), now() - cast(? as interval)", [interval] * 2)
        seconds = float((row.fetchone() or (math.nan,))[0])
    except (
        duckdb.DataError,
        duckdb.InvalidInputException,
        TypeError,
    ):  # any other is about the lake: a full disk is no fault of the interval
        seconds = math.nan
    if not seconds >= 0:
        raise UsageError(f"{interval!r} is not an interval.", hint="Write it like '7 days' or '12 hours'.")
    return seconds


def _planned(house: House, expire_older_than: str | None) -> Compaction:
    connection = house.connection
    found = _checked(house)
    current = merging.current_files(connection)
    expiring, in_use = _expiring(house, expire_older_than)
    lost = losses(connection)
    merged = set(merging.merging(current))
    after = len(current) - len(merged) + merging.merged(current)
    unneeded, orphans = _due(house, found)
    freed = merging.freed(found, expiring, _snapshots(connection), merged)
    waiting = len(found.unneeded) + len(found.unknown) - len(unneeded) - len(orphans)
    if house.grace == 0:
        unneeded = (*unneeded, *(found.found[path] for path in freed if path in found.found))
    else:
        waiting += len(freed)
    return Compaction(
        dry_run=True,
        files_before=len(current),
        files_after=after,
        expired=expiring,
        in_use=in_use,
        losses=tuple(loss for loss in losses(connection, expiring) if loss not in lost),
        unneeded=unneeded,
        orphans=orphans,
        files_waiting=waiting,
        relaid=layout.old_layouts(connection),
    )


def _checked(house: House) -> Inventory:
    """The inventory, once it is certain that the paths of the catalogue are those of the files."""
    found = inventory(house.connection, house.settings)
    # Files that only earlier snapshots need may be given up with these; that the others are there proves the paths.
    missing = [path for path in found.missing if found.live[path].end is None]
    if len(found.missing) == len(found.live):
        missing = list(found.missing)
    if missing:
        raise LakeError(
            f"{len(missing):,} of {len(found.live):,} files of the catalogue are not in {house.settings.files}: "
            f"{', '.join(missing[:3])}.",
            hint="Nothing was deleted. Check ODA_DATA_PATH, or bring the files back; oda doctor says more.",
        )
    _refuse_live(found.live, (file.path for file in found.unneeded))
    return found


def _refuse_live(live: Collection[str], doomed: Iterator[str]) -> None:
    wrong = sorted(path for path in doomed if path in live)
    if wrong:
        raise LakeError(
            f"{len(wrong):,} files were to be deleted that snapshots need: {', '.join(wrong[:3])}.",
            hint="Nothing was deleted. The catalogue contradicts itself; please report it.",
        )


def _due(house: House, found: Inventory) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """The files to delete now: those nothing needs any more, and those of interrupted runs."""
    now = time.time()
    mark = ownership.verify(house.connection, house.settings)
    # Files of a writer that is still staging are younger than a day, or than the writer.
    staging = min((use.since for use in house.others() if use.writer), default=now)
    unneeded = tuple(
        found.found.get(file.path, File(file.path, 0, file.since))
        for file in found.unneeded
        if file.since <= now - house.grace
    )
    orphans = tuple(
        file
        for file in found.unknown
        if mark is not None and mark.since < file.modified <= min(now - house.grace, staging)
    )
    return unneeded, orphans


def _delete(house: House) -> tuple[tuple[File, ...], tuple[File, ...]]:
    """Delete what is due, by way of the catalogue's own list of files to delete."""
    connection, settings = house.connection, house.settings
    if not any(_due(house, _checked(house))):
        return (), ()
    with house.alone():
        found = _checked(house)
        unneeded, orphans = _due(house, found)
        doomed = {file.path for file in (*unneeded, *orphans)}
        if not doomed:
            return (), ()
        numbers = [file.number for file in found.unneeded if file.path in doomed]
        for attempt in retrying():
            with attempt:
                _queue(connection, numbers, orphans)
        clean = f"call ducklake_cleanup_old_files('lake', older_than => timestamptz '{_AFTER_EPOCH}'"
        real = RealPaths(settings)
        told = {real.path(str(row[0])) for row in connection.execute(f"{clean}, dry_run => true)").fetchall()}
        _refuse_live(live_files(connection, settings), iter(sorted(told)))
        if told - doomed:
            raise LakeError(f"DuckLake would delete other files than are due: {min(told - doomed)}.")
        for attempt in retrying():
            with attempt:
                connection.execute(f"{clean})").fetchall()
    return unneeded, orphans


def _queue(connection: Connection, numbers: list[int], orphans: Collection[File]) -> None:
    """Give what is due a time in the catalogue's list that no comparison of texts mistakes."""
    connection.execute("begin")
    try:
        for start in range(0, len(numbers), 500):
            chosen = ", ".join(map(str, numbers[start : start + 500]))
            connection.execute(f"update {_QUEUE} set schedule_start = '{_EPOCH}' where data_file_id in ({chosen})")
        for number, file in enumerate(orphans, _FIRST_NUMBER):
            connection.execute(f"insert into {_QUEUE} values ({number}, ?, false, '{_EPOCH}')", [file.path])
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _expiring(house: House, older_than: str | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The snapshots to forget, and those old enough that an open program reads."""
    if older_than is None:
        return (), ()
    interval_seconds(house.connection, older_than)
    old = [int(row[0]) for row in run(house.connection, "old_snapshots", age=older_than).fetchall()]
    read = {use.snapshot for use in house.others()}
    return tuple(n for n in old if n not in read), tuple(n for n in old if n in read)


def _expire(house: House, older_than: str | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    with house.alone():
        expiring, in_use = _expiring(house, older_than)
        if expiring:
            versions = ", ".join(map(str, expiring))
            for attempt in retrying():
                with attempt:
                    house.connection.execute(
                        f"call ducklake_expire_snapshots('lake', versions => [{versions}])"
                    ).fetchall()
    return expiring, in_use


def _calling(call: str, table: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(f"call {call}('lake', '{table}')").fetchall()

    return work


def _snapshots(connection: Connection) -> list[int]:
    return [int(row[0]) for row in connection.execute("select snapshot_id from lake.snapshots() order by 1").fetchall()]
