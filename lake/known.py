"""What was found of a dataset's part of some tables, remembered with the files that part consisted of.

Counting and comparing all rows to learn that nothing has changed costs what the rows cost. Files of a lake never
change and never get the name of another, so what was found of some holds whenever a part consists of the very same
files: after a restore, a roll-back of the catalogue, or whatever another host did. It is only a memory: it lies in the
scratch folder, may be deleted at any time, and is not kept where the lake is open for reading only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from lake.catalog import Connection, Lake
from lake.relations import run
from lake.settings import Settings
from lake.whole_file import write_whole

T = TypeVar("T")

_SEEN: WeakKeyDictionary[Lake, dict[tuple[str, ...], tuple[Any, dict[str | None, str]]]] = WeakKeyDictionary()
"""What `_files` found in the lakes that are open: the snapshot it was found at, and the digests."""


def known(
    lake: Lake,
    connection: Connection,
    what: str,
    *,
    tables: Sequence[str],
    datasets: Sequence[str],
    find: Callable[[list[str]], Mapping[str, T]],
) -> dict[str, T]:
    """What `find` says of each of these datasets; it is asked about those whose files are not those it was asked of.

    - what: a name of the finding, for its file; tables: all that `find` reads, each partitioned by dataset.
    - find: datasets to plain values of JSON, one for each; they depend on nothing but the rows of the tables.

    Not to be called inside a transaction: what that has changed is in no file yet.
    """
    if lake.read_only:
        return dict(find(list(datasets)))
    before = _files(lake, connection, tables)
    memory = recall(lake.settings, what)
    found = {name: memory[name][1] for name in datasets if _same(memory, name, before)}
    rest = [name for name in datasets if name not in found]
    if rest:
        found |= find(rest)
        now = _files(lake, connection, tables)
        kept = {name: memory[name] for name in memory if _same(memory, name, now)}
        kept |= {name: [_of(now, name), found[name]] for name in rest if _of(now, name) == _of(before, name)}
        remember(lake.settings, what, kept)
    return {name: found[name] for name in datasets}


def _files(lake: Lake, connection: Connection, tables: Sequence[str]) -> dict[str | None, str]:
    """Digests of the files of each dataset; that of None is of what all share. Looked up once a snapshot."""
    newest = "select max((snapshot_id, snapshot_time)) from __ducklake_metadata_lake.ducklake_snapshot"
    ((snapshot,),) = connection.execute(newest).fetchall()
    seen = _SEEN.setdefault(lake, {})
    at, files = seen.get(tuple(tables), (None, {}))
    if at != snapshot:
        files = dict(run(connection, "part_files", tables=list(tables)).fetchall())
        seen[tuple(tables)] = (snapshot, files)
    return files


def _of(files: Mapping[str | None, str], dataset: str) -> str:
    return f"{files.get(None)} {files.get(dataset)}"


def _same(memory: Mapping[str, Any], dataset: str, files: Mapping[str | None, str]) -> bool:
    return dataset in memory and memory[dataset][0] == _of(files, dataset)


def recall(settings: Settings, what: str) -> dict[str, Any]:
    """What was remembered under a name, as key -> [what it is of, what was found]; nothing where it cannot be read."""
    try:
        kept = json.loads(_path(settings, what).read_bytes())
    except (OSError, ValueError):
        return {}
    whole = isinstance(kept, dict) and all(isinstance(each, list) and len(each) == 2 for each in kept.values())
    return kept if whole else {}


def remember(settings: Settings, what: str, found: Mapping[str, Any]) -> None:
    """Keep findings, in the form of `recall`, in the place of earlier ones."""
    path = _path(settings, what)
    with suppress(OSError):  # a full disk is no reason to fail here
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(found).encode())


def _path(settings: Settings, what: str) -> Path:
    return settings.scratch / "known" / f"{what}.json"
