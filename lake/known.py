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

_SEEN: WeakKeyDictionary[Lake, tuple[Any, dict[tuple[str, str | None], str]]] = WeakKeyDictionary()
"""What `_files` found in the lakes that are open: the snapshot it was found at, and digests by table and dataset."""


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
        kept |= {name: [now(name), found[name]] for name in rest if now(name) == before(name)}
        remember(lake.settings, what, kept)
    return {name: found[name] for name in datasets}


def _files(lake: Lake, connection: Connection, tables: Sequence[str]) -> Callable[[str], str]:
    """What a dataset's part of these tables consists of, in digests. Looked up once a snapshot, for all tables."""
    of = "snapshot_id, snapshot_time from __ducklake_metadata_lake.ducklake_snapshot"
    (snapshot,) = connection.execute(f"select {of} order by snapshot_id desc limit 1").fetchall()
    at, found = _SEEN.get(lake, (None, {}))
    if at != snapshot:
        found = {(table, name): digest for table, name, digest in run(connection, "part_files").fetchall()}
        _SEEN[lake] = (snapshot, found)
    return lambda dataset: " ".join(str(found.get((table, name))) for table in tables for name in (None, dataset))


def _same(memory: Mapping[str, Any], dataset: str, files: Callable[[str], str]) -> bool:
    return dataset in memory and memory[dataset][0] == files(dataset)


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
