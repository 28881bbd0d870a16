"""A folder of scratch space that belongs to one process: it goes when the process ends, however it ends.

Beside the folder lies a file that its process keeps locked. The system lets go of the lock with the process, so whoever
comes next knows which folders are left over and removes them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class LeasedFolder:
    """A new folder inside `parent`; made when it is first asked for, which also removes what the dead left there."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._path: Path | None = None
        self._lock: IO[str] | None = None
        self._making = threading.Lock()

    @property
    def path(self) -> Path:
        """The folder."""
        with self._making:
            if self._path is None:
                remove_left_over(self._parent)
                path, self._lock = _claim(self._parent)
                path.mkdir()
                self._path = path
            return self._path

    def remove(self) -> None:
        """Remove the folder with all that is in it; safe to call twice."""
        if self._path is not None and self._lock is not None:
            shutil.rmtree(self._path, ignore_errors=True)
            Path(self._lock.name).unlink(missing_ok=True)
            self._lock.close()
            self._path = self._lock = None
            with contextlib.suppress(OSError):
                self._parent.rmdir()  # the last one out; others have folders of theirs in it


def left_over(parent: Path) -> list[Path]:
    """What ended processes left in `parent`."""
    with _unowned(parent) as found:
        return found


def remove_left_over(parent: Path) -> int:
    """Remove what ended processes left in `parent`; returns how many files that were."""
    count = 0
    with _unowned(parent) as found:
        for path in found:
            if path.is_dir():
                count += sum(1 for inner in path.rglob("*") if inner.is_file())
                shutil.rmtree(path, ignore_errors=True)
            else:
                count += path.suffix != ".lock"
                path.unlink(missing_ok=True)
    return count


def _claim(parent: Path) -> tuple[Path, IO[str]]:
    while True:
        path = parent / uuid.uuid4().hex
        parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = path.with_suffix(".lock").open("a")
        except FileNotFoundError:  # somebody was the last one out
            continue
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who looked for leftovers may have found the file before it was locked.
            if os.fstat(handle.fileno()).st_ino == path.with_suffix(".lock").stat().st_ino:
                return path, handle
        handle.close()


@contextlib.contextmanager
def _unowned(parent: Path) -> Iterator[list[Path]]:
    """Everything in `parent` that no living process owns; nobody else takes it for theirs inside the block."""
    with contextlib.ExitStack() as held:
        found: list[Path] = []
        for path in _inside(parent):
            if path.suffix == ".lock":
                with contextlib.suppress(BlockingIOError, FileNotFoundError):
                    handle = held.enter_context(path.open())
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    found += [folder] if (folder := path.with_suffix("")).is_dir() else []
                    found.append(path)
            elif not path.with_name(f"{path.name}.lock").exists():
                found.append(path)  # the lock comes first: nobody is about to own this
        yield found


def _inside(parent: Path) -> list[Path]:
    try:
        return sorted(parent.iterdir())
    except FileNotFoundError:
        return []
