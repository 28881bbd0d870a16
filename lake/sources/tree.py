"""A source as a tree of named files, wherever they lie; and the tree of a local folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol

from lake.errors import SourceError
from lake.sources.names import is_hidden


class Watcher(Protocol):
    """Who is told how far a download is; `pipelines.progress.Progress` is one."""

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        """Begin a piece of work of `total` units (None when unknown)."""
        ...

    def advance(self, amount: float) -> None:
        """So much more is done."""
        ...

    def finish(self) -> None:
        """The piece of work begun last is over."""
        ...


class Tree(Protocol):
    """Files by their relative POSIX name, hidden ones left out; `place` is the name people know it by."""

    @property
    def place(self) -> str:
        """Folder or address, for messages."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Every file, sorted."""
        ...

    def fetch(self, name: str) -> Path:
        """A readable local copy of one file."""
        ...

    def fetch_all(self, names: list[str], watcher: Watcher | None) -> list[Path]:
        """Readable local copies, in the order asked."""
        ...


class LocalTree:
    """The files below a local folder; links are followed, but never in a circle."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = dict(sorted(_walk(root)))

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def names(self) -> tuple[str, ...]:
        """Every regular file, sorted."""
        return tuple(self._paths)

    def fetch(self, name: str) -> Path:
        """The path itself; raises SourceError when it cannot be opened."""
        return readable(self._paths[name])

    def fetch_all(self, names: list[str], watcher: Watcher | None) -> list[Path]:  # noqa: ARG002 - nothing to wait for
        """The paths themselves."""
        return [self.fetch(name) for name in names]


def readable(path: Path) -> Path:
    """The path when it is a regular file that opens; raises SourceError with the reason otherwise."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError("not a regular file", file=path, hint="Write the data to a file first.")
        path.open("rb").close()
    except PermissionError:
        raise SourceError("no permission", file=path, hint="Give yourself the right to read it.") from None
    except OSError as error:
        raise SourceError((error.strerror or str(error)).lower(), file=path) from None
    return path


def printable(name: str) -> str:
    """A file name as text that can be stored: bytes that are not UTF-8 become escapes."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _walk(root: Path) -> list[tuple[str, Path]]:
    def refuse(error: OSError) -> None:
        reason = "no permission" if isinstance(error, PermissionError) else (error.strerror or str(error)).lower()
        raise SourceError(reason, file=error.filename, hint="Give yourself the right to read it.") from None

    found: list[tuple[str, Path]] = []
    seen: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(root, onerror=refuse, followlinks=True):
        here = Path(folder)
        status = here.stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in files:
            path = here / name
            if not is_hidden(name) and path.is_file():
                found.append((printable(path.relative_to(root).as_posix()), path))
    return found
