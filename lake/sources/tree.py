"""A source as a tree of named files, wherever they lie; and the tree of a local folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from lake.errors import SourceError
from lake.sources.links import walk


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

    @property
    def unfollowed(self) -> tuple[str, ...]:
        """Symbolic links that were not followed, each with where it leads, for messages."""
        ...

    def fetch(self, name: str) -> Path:
        """A readable local copy of one file."""
        ...

    def fetch_all(self, names: list[str], watcher: Watcher | None) -> list[Path]:
        """Readable local copies, in the order asked."""
        ...


class LocalTree:
    """The files below a local folder, each once; see `lake.sources.links` for symbolic links."""

    def __init__(
        self, root: Path, *, follow_links: bool = False, starts: Sequence[tuple[str, Path]] | None = None
    ) -> None:
        self._root = root
        found = walk(root, follow_links=follow_links, starts=starts)
        self._paths = dict(sorted((printable(name), path) for name, path in found.files.items()))
        self._unfollowed = tuple(map(printable, found.unfollowed))

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def names(self) -> tuple[str, ...]:
        """Every regular file, sorted."""
        return tuple(self._paths)

    @property
    def unfollowed(self) -> tuple[str, ...]:
        """Links that lead out of the folder or nowhere."""
        return self._unfollowed

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
