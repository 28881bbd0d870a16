"""A folder in scratch for each open lake: DuckDB spills there, steps keep their files there, and all goes at its end.

DuckDB names spilled files alike in every process, so that no two may share a folder. Whether the process of a folder
lives is told by a lock on a file in it, which the system gives up with the process: process ids come again, and mean
nothing on another host or in another container that shares the disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lake.settings import Settings

_NAME = re.compile(r"oda-work-[0-9a-f]{32}")
_LOCK = "lock"

_own: dict[Path, Workplace] = {}


@dataclass(frozen=True)
class Use:
    """What an open lake is used for, told to other processes.

    - writer: it may stage files that no commit knows yet.
    - snapshot: the one it reads, where it is not the current one.
    - since: when it was opened, seconds since 1970.
    """

    writer: bool
    snapshot: int | None
    since: float


class Workplace:
    """The folder of one open lake."""

    def __init__(self, folder: Path, handle: int, use: Use) -> None:
        self.folder = folder
        self.use = use
        self._handle = handle
        self._process = os.getpid()
        _own[folder] = self

    @property
    def spill(self) -> Path:
        """Where DuckDB writes what does not fit into memory; it makes the folder when it needs it."""
        return self.folder / "spill"

    def remove(self) -> None:
        """Delete the folder with all it holds; safe to call twice, and without effect in a forked child."""
        if _own.get(self.folder) is not self or os.getpid() != self._process:
            return
        del _own[self.folder]
        _delete(self.folder)
        os.close(self._handle)


def make(settings: Settings, use: Use) -> Workplace:
    """A new folder in the scratch folder; those of dead processes are removed on the way.

    Who only reads and may not write there gets one in the system's folder for temporary files.
    """
    try:
        return _make(settings.scratch.absolute(), use)
    except OSError:
        if use.writer:
            raise
        return _make(Path(tempfile.gettempdir()).absolute(), use)


def leave() -> None:
    """Remove all folders of this process, for an end that skips what Python does at one."""
    for place in list(_own.values()):
        place.remove()


def is_one(path: Path) -> bool:
    """Whether a path is named like the folder of an open lake."""
    return _NAME.fullmatch(path.name) is not None


def dead(settings: Settings) -> list[Path]:
    """The folders left by processes that died."""
    found = []
    for folder in _folders(settings.scratch.absolute()):
        with _held(folder) as held:
            if held:
                found.append(folder)
    return found


def living(settings: Settings, *, besides: Workplace | None = None) -> list[Use]:
    """What the other lakes that are open on this home are used for, in this process and in others."""
    parent = settings.scratch.absolute()
    found = [place.use for place in list(_own.values()) if place.folder.parent == parent and place is not besides]
    for folder in _folders(parent):
        with _held(folder) as held:
            if held is False:
                found.append(_use(folder))
    return found


def _make(parent: Path, use: Use) -> Workplace:
    parent.mkdir(parents=True, exist_ok=True)
    for folder in _folders(parent):
        with _held(folder) as held:
            if held:
                _delete(folder)
    while True:
        folder = parent / f"oda-work-{uuid.uuid4().hex}"
        folder.mkdir(mode=0o700)
        # Until the lock is held, another process may take the folder for a dead one's and remove it.
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if _lock(handle) is not False and os.path.samestat(os.fstat(handle), (folder / _LOCK).stat()):
                    os.write(handle, json.dumps(asdict(use)).encode())
                    return Workplace(folder, handle, use)
            except FileNotFoundError:
                os.close(handle)
                continue
            except BaseException:
                os.close(handle)
                _delete(folder)
                raise
            os.close(handle)


def _folders(parent: Path) -> list[Path]:
    """The folders of other processes of this user; not our own: opening a lock's file again may give the lock up."""
    try:
        with os.scandir(parent) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if _NAME.fullmatch(entry.name)
                and entry.is_dir(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
                and Path(entry.path) not in _own
            ]
    except OSError:
        return []


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[bool | None]:
    """Hold the lock of a folder: True when its process is dead, False when it lives or cannot be told, None if gone."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        # No process owns it, yet or any more; one that is being made is empty for a moment, and its maker tries again.
        with contextlib.suppress(OSError):
            folder.rmdir()
        yield None
        return
    except OSError:
        yield False
        return
    try:
        yield bool(_lock(handle))
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Take a lock: False when another process has it, None on a file system without locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _delete(folder: Path) -> None:
    """Delete a folder whose lock is held; the lock's file goes last: who is killed here leaves a dead folder."""
    with contextlib.suppress(OSError):
        for entry in list(folder.iterdir()):
            if entry.name != _LOCK and entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != _LOCK:
                entry.unlink(missing_ok=True)
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()


def _use(folder: Path) -> Use:
    try:
        return Use(**json.loads((folder / _LOCK).read_text()))
    except (OSError, ValueError, TypeError):  # just being opened
        return Use(writer=True, snapshot=None, since=time.time())
