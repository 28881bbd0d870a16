"""What `oda doctor` looks at of a lake: its folders, its catalogue, and whether the files are what it says."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import duckdb

from lake import dropped
from lake.dropped import Dropped
from lake.errors import OdaError
from lake.settings import Settings
from lake.tables import DATASETS, TABLES
from pipelines.command.health import Finding

if TYPE_CHECKING:
    from lake.catalog import Lake
    from lake.damage import Damaged

_LEAST_FREE = 100e6
_LITTLE_FREE = 2e9
_DAY = 86_400


def home(settings: Settings) -> Iterator[Finding]:
    """The folder of the lake: writable, with room, without leftovers."""
    folder = settings.home
    standing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
        yield Finding(
            "home", "ok", f"{folder} is writable" if standing == folder.absolute() else f"{folder} can be made"
        )
    except OSError as error:
        hint = "Choose another folder with --home or ODA_HOME."
        yield Finding("home", "fail", f"{standing} is not writable: {error.strerror}", hint)
    free = shutil.disk_usage(standing).free
    shown = f"{free / 1e9:,.1f} GB free"
    if free < _LEAST_FREE:
        yield Finding("disk", "fail", shown, "Free some space, or run: oda compact --expire '1 day' --grace '0 days'")
    elif free < _LITTLE_FREE:
        yield Finding("disk", "warn", shown, "Free some space, or run: oda compact --expire '7 days' --grace '0 days'")
    else:
        yield Finding("disk", "ok", shown)
    yield from _scratch(settings)


def _scratch(settings: Settings) -> Iterator[Finding]:
    """Folders of processes that died, which go by themselves, and what else lies about for long."""
    from lake import workplace

    if not settings.scratch.is_dir():
        return
    dead = workplace.dead(settings)
    if dead:
        size = sum(path.stat().st_size for folder in dead for path in folder.rglob("*") if path.is_file())
        shown = f"{len(dead)} folders left by processes that died ({size / 1e6:,.1f} MB) in {settings.scratch}"
        yield Finding(
            "scratch", "warn", shown, "The next command that opens the lake removes them, e.g.: oda snapshots"
        )
    others = [path for path in settings.scratch.iterdir() if not workplace.is_one(path)]
    old = [path for path in others if time.time() - path.stat().st_mtime > _DAY]
    if old:
        hint = f"When nothing is running: rm -r {settings.scratch}"
        yield Finding("scratch", "warn", f"{len(old)} leftovers of interrupted runs in {settings.scratch}", hint)
    elif not dead:
        yield Finding("scratch", "ok", "no leftovers")


def lake(settings: Settings) -> Iterator[Finding]:
    """The lake itself: reachable, of this program's schema, with all of its tables and files."""
    from lake import migrations
    from lake.catalog import Lake

    if settings.embedded and not settings.catalog_file.is_file():
        yield Finding("lake", "warn", f"there is none in {settings.home} yet", "oda init")
        return
    try:
        with Lake.open(settings, read_only=True) as opened:
            version = migrations.applied_version(opened.connection)
            place = settings.catalog_uri.split(":")[0]
            shown = f"snapshot {opened.snapshot} ({place} catalogue)"
            lost = dropped.dropped(opened.connection, version)
            if DATASETS not in (each.table for each in lost):
                datasets = opened.rows("select count(*), coalesce(sum(rows), 0) from datasets")[0]
                shown = f"{datasets[0]:,} datasets, {datasets[1]:,} samples, {shown}"
            yield Finding("lake", "ok", shown)
    except OdaError as error:
        yield Finding("lake", "fail", error.message, error.hint)
        return
    if version < migrations.LATEST:
        yield Finding("schema", "warn", f"version {version}; this program has {migrations.LATEST}", "oda init")
        return
    yield Finding("schema", "ok", f"version {version}")
    if lost:
        yield _dropped(lost)
        return
    try:
        with Lake.open(settings, read_only=True) as opened:
            yield from _tables(opened)
            damaged = opened.damage()
            yield from _damage(opened, damaged)
            if not any(each.current for each in damaged):
                yield from _keys(opened)
            if not any(each.current and each.reason == "missing" for each in damaged):
                yield from _files(opened)
            yield from _lost(opened)
    except OdaError as error:
        yield Finding("files", "fail", error.message, error.hint)


def _dropped(lost: list[Dropped]) -> Finding:
    """Tables that were dropped: what nothing else can be looked at without, and the way back."""
    names = ", ".join(each.table.name for each in lost)
    lasts = [each.last for each in lost if each.last is not None]
    ways = ["Bring them back with their rows: oda doctor --repair"]
    ways += [f"look at the lake before: oda sql --at {min(lasts)}"] if lasts else []
    without = [each.table.name for each in lost if each.last is None]
    if without:
        ways = [
            f"No snapshot has {', '.join(without)} any more: put back a copy of the catalogue",
            "or go on with empty tables: oda doctor --repair",
        ]
    return Finding("tables", "fail", f"missing: {names}", "; ".join(ways))


def _tables(opened: Lake) -> Iterator[Finding]:
    lost = dropped.dropped_views(opened.connection)
    if lost:
        yield Finding("views", "fail", f"missing: {', '.join(lost)}", "Make them again: oda doctor --repair")
    else:
        yield Finding("tables", "ok", f"all {len(TABLES)} are there, and all views")


def _keys(opened: Lake) -> Iterator[Finding]:
    from lake.keys import repeated

    doubled = repeated(opened.connection)
    for found in doubled:
        shown = f"{found.relation}: {found.keys:,} of its {', '.join(found.key)} stand there more than once"
        if found.differing:
            look = f"from {found.relation} qualify count(*) over (partition by {', '.join(found.key)}) > 1"
            hint = f'{found.differing:,} have rows that differ, for you to decide between: oda sql "{look}"'
        else:
            hint = "oda doctor --repair"
        yield Finding("keys", "fail", shown, hint)
    if not doubled:
        yield Finding("keys", "ok", "no row stands there twice")


def _damage(opened: Lake, damaged: list[Damaged]) -> Iterator[Finding]:
    """Files that cannot be read: a finding a dataset of what is needed now, and one of what only old snapshots need."""
    for (table, dataset), group in groupby((each for each in damaged if each.current), lambda d: (d.table, d.dataset)):
        lost = list(group)
        what = f"{table} of {dataset}" if dataset else table
        shown = ", ".join(f"{each.path} {each.reason}" for each in lost[:3])
        shown += f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
        yield Finding(
            "files", "fail", f"{what}, {sum(each.rows for each in lost):,} rows: {shown}", _mend(opened, lost, damaged)
        )
    old = [each for each in damaged if not each.current]
    if old:
        hint = "Bring them back from a copy, or forget those snapshots: oda compact --expire INTERVAL"
        snapshots = f"{min(each.begin for each in old)} to {max((each.end or 0) - 1 for each in old)}"
        yield Finding(
            "files", "warn", f"{len(old):,} damaged that only snapshots {snapshots} need: {old[0].path}", hint
        )


def _mend(opened: Lake, lost: list[Damaged], damaged: list[Damaged]) -> str:
    """Commands that run: to see the state before, to have it again, to do without."""
    from pipelines.repair import REPLACEABLE

    ways = ["Bring them back from a copy"]
    before, dataset = min(each.begin for each in lost) - 1, lost[0].dataset
    broken = {each.dataset for each in damaged if each.begin <= before and (each.end is None or each.end > before)}
    try:
        held = {name for (name,) in opened.rows(f"select dataset from datasets at (version => {before})")} - broken
    except (duckdb.Error, OdaError):
        held = set()
    if held and dataset not in broken:
        ways.append(f"look at the lake before them: oda sql --at {before}")
    if lost[0].table in REPLACEABLE:
        ways.append("do without them: oda doctor --repair")
        if dataset in held:
            ways.append(f"and then have {dataset} as it was before: oda restore {dataset} --at {before}")
    return "; ".join(ways)


def _files(opened: Lake) -> Iterator[Finding]:
    planned = opened.compact(dry_run=True)
    unused = len(planned.orphans) + len(planned.unneeded)
    if unused:
        yield Finding("files", "warn", f"{unused:,} of no use any more beside {planned.files_before:,}", "oda compact")
    else:
        yield Finding("files", "ok", f"{planned.files_before:,} data files, none orphaned")
    foreign = opened.foreign_files()
    if foreign:
        shown = ", ".join(file.path for file in foreign[:3]) + (
            f" and {len(foreign) - 3:,} more" if len(foreign) > 3 else ""
        )
        hint = "They are never touched; move them elsewhere, the folder belongs to the lake."
        yield Finding("foreign files", "warn", f"{len(foreign):,} in {opened.settings.files}: {shown}", hint)


def _lost(opened: Lake) -> Iterator[Finding]:
    lost = opened.losses()
    slices = ", ".join(loss.name for loss in lost if loss.kind == "slice")
    if slices:
        hint = "Members are kept. Make them again with: oda slice create NAME … --replace"
        yield Finding("slices", "warn", f"their snapshot has expired, so they cannot be verified: {slices}", hint)
    exports = "; ".join(loss.name for loss in lost if loss.kind == "export")
    if exports:
        hint = "The folders stay as they are. Export again with: oda export … --overwrite"
        yield Finding("exports", "warn", f"their snapshot has expired: {exports}", hint)
