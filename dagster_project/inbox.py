"""What lies in the inbox folder, and which of it is complete and new.

A file or folder is complete when sizes and times are the same in two looks one tick apart. Names of any kind are
safe: partitions get cleaned names, paths are passed on as data, and nothing of an entry is ever executed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import xxhash

from dagster_project.sources import partition_of
from lake.names import LONGEST
from lake.sources import names
from lake.sources.links import leads_outside

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", "~")
"""Endings that programs give to files they are still writing."""


@dataclass(frozen=True)
class InboxEntry:
    """A file or folder of the inbox; the signature changes with the names, sizes and times of its files."""

    path: Path
    signature: str


@dataclass
class InboxMemory:
    """What earlier looks saw, by entry name: its partition, its last signature, the signature last asked for."""

    partitions: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    requested: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, text: str | None) -> InboxMemory:
        """From the cursor of a sensor; an empty one remembers nothing."""
        return cls(**json.loads(text)) if text else cls()

    def dump(self) -> str:
        """As the cursor of a sensor."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Arrival:
    """A complete entry that has not been asked for in this form."""

    entry: InboxEntry
    partition: str


def look(inbox: Path, *, follow_links: bool = False) -> list[InboxEntry]:
    """The files and folders of the inbox that may be datasets, by name; empty where there is no inbox.

    - follow_links: also those that are symbolic links to outside of the inbox (see `links_outside`).
    """
    if not inbox.is_dir():
        return []
    left = set() if follow_links else {path.name for path in links_outside(inbox)}
    return [entry for path in sorted(inbox.iterdir()) if path.name not in left and (entry := _entry(path))]


def links_outside(inbox: Path) -> list[Path]:
    """The entries of the inbox that are symbolic links to outside of it, by name."""
    return [path for path in sorted(inbox.iterdir()) if leads_outside(path, inbox)] if inbox.is_dir() else []


def arrivals(entries: list[InboxEntry], memory: InboxMemory) -> tuple[list[Arrival], InboxMemory]:
    """What is complete and new, and what to remember; an entry that went away is forgotten but keeps its name."""
    now = InboxMemory(partitions=dict(memory.partitions))
    found = []
    for entry in entries:
        name = entry.path.name
        partition = now.partitions.setdefault(name, _free_name(entry.path, set(now.partitions.values())))
        now.seen[name] = entry.signature
        asked = memory.requested.get(name)
        if memory.seen.get(name) == entry.signature != asked:
            found.append(Arrival(entry, partition))
            asked = entry.signature
        if asked is not None:
            now.requested[name] = asked
    return found, now


def _entry(path: Path) -> InboxEntry | None:
    if names.is_hidden(path.name) or path.name.lower().endswith(UNFINISHED) or not _is_text(path.name):
        return None
    try:
        files = sorted(_files(path))
        if not any(names.is_data(name) for name, _, _ in files) or any(
            n.lower().endswith(UNFINISHED) for n, _, _ in files
        ):
            return None
    except OSError:
        return None  # it changed while we looked; the next look decides
    listing = json.dumps(files).encode("utf-8", "surrogateescape")
    return InboxEntry(path, xxhash.xxh3_64_hexdigest(listing))


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8: runs and partitions are kept as text, which cannot hold another one."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _files(path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, bytes, time of change) of a file and its description, or of every file of a folder."""
    if path.is_dir():
        for folder, _, members in os.walk(path):
            for member in members:
                yield _stat(Path(folder) / member, os.path.relpath(os.path.join(folder, member), path))  # noqa: PTH118
        return
    if path.is_file():
        yield _stat(path, path.name)
        for description in (f"{path.name}.yaml", f"{names.stem(path.name)}.yaml"):
            if path.with_name(description).is_file():
                yield _stat(path.with_name(description), description)


def _stat(path: Path, name: str) -> tuple[str, int, int]:
    status = path.stat() if path.exists() else path.lstat()  # a link to nowhere must not hold its folder back for ever
    return name, status.st_size, status.st_mtime_ns


def _free_name(path: Path, taken: set[str]) -> str:
    """The cleaned name; where another entry has it, with a suffix that follows from the entry's own name."""
    partition = partition_of(path)
    if partition not in taken:
        return partition
    suffix = "-" + xxhash.xxh3_64_hexdigest(os.fsencode(path.name))[:6]
    return partition[: LONGEST - len(suffix)] + suffix
