"""The folder of an export: made in a workshop beside its place and put there in one step, so it is whole or not there.

The workshop `.NAME.MARK.export` holds the new folder, a scratch folder and, while they trade places, the old one. It is
locked by who works in it; one that is not was left by a killed run, and the next run puts things right.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from lake.errors import StorageError, UsageError
from lake.exchange import exchange
from lake.locks import folder_lock
from pipelines.exporting.place import MANIFEST, check_replaceable, replaceable

_MARK = "made-by-oda-export"
"""A file that says what a workshop is; without it nothing in there is touched."""

_WHOLE = "whole"
"""A file that says that the new folder was complete, so from here on it may be the old one."""


@contextlib.contextmanager
def made_whole(out: Path, *, overwrite: bool = False) -> Iterator[tuple[Path, Path]]:
    """A new folder and a scratch folder; the first takes the place of `out` at the end, or both go.

    Raises StorageError when the system refuses to write, and UsageError when something that may not be replaced is
    there by the end.
    """
    place = Path(os.path.realpath(out))
    workshop = place.parent / f".{place.name}.{uuid.uuid4().hex[:8]}.export"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            with folder_lock(place.parent, wait=True):
                _restore(place)
                workshop.mkdir()
                held.enter_context(folder_lock(workshop))
            held.callback(_close, workshop)
            (workshop / _MARK).touch()
            new, scratch = workshop / "new", workshop / "scratch"
            new.mkdir()
            scratch.mkdir()
            yield new, scratch
            (workshop / _WHOLE).touch()
            _put(new, place, workshop / "old", overwrite=overwrite)
    except OSError as error:
        raise _refused(out, error) from error


def _restore(place: Path) -> None:
    """Put right what killed exports to this place left: an old export goes back where there is none, the rest goes."""
    for workshop in place.parent.glob(f".{glob.escape(place.name)}.????????.export"):
        with contextlib.suppress(OSError), folder_lock(workshop):
            if not (workshop / _MARK).is_file():
                workshop.rmdir()  # killed before it was marked; a folder of somebody else is not empty
                continue
            old, new = workshop / "old", workshop / "new"
            if old.is_dir() and not place.exists():
                old.rename(place)
            if (workshop / _WHOLE).exists() and not replaceable(new):
                _return(new, place)
            _close(workshop)


def _close(workshop: Path) -> None:
    """Remove a workshop, its mark last; one that holds what is no export stays as it is."""
    new, old = workshop / "new", workshop / "old"
    if (workshop / _WHOLE).exists() and not (replaceable(new) and replaceable(old)):
        return
    for folder in (workshop / "scratch", new, old):
        _remove(folder)
    for file in (_WHOLE, _MARK):
        with contextlib.suppress(OSError):
            (workshop / file).unlink()
    with contextlib.suppress(OSError):
        workshop.rmdir()


def _remove(folder: Path) -> None:
    """Remove a folder, the manifest last, so that what is left when killed is still known as an export."""
    with contextlib.suppress(OSError):
        for part in folder.iterdir():
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            elif part.name != MANIFEST:
                part.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _put(new: Path, place: Path, old: Path, *, overwrite: bool) -> None:
    """Let the new folder take its place: at any moment there is the old one, the new one, or the old one as `old`."""
    try:
        new.rename(place)  # where there is nothing or an empty folder
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    else:
        return
    check_replaceable(place, place, overwrite=overwrite)
    if exchange(new, place):
        try:
            check_replaceable(new, place, overwrite=overwrite)  # what came out, whoever put it there meanwhile
        except UsageError:
            _return(new, place)
            raise
        return
    place.rename(old)
    try:
        check_replaceable(old, place, overwrite=overwrite)
        new.rename(place)
    except (OSError, UsageError):
        old.rename(place)
        raise


def _return(taken: Path, place: Path) -> None:
    """Give a folder that may not be replaced its place back."""
    if not place.exists():
        taken.rename(place)
    elif not exchange(taken, place):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(place))


def _refused(out: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = next(parent for parent in (out, *out.parents) if parent.exists())
        return StorageError(
            f"The disk of {out} is full ({shutil.disk_usage(place).free / 1e6:,.0f} MB free).",
            hint="Nothing was left there; free some space, or give another place with --output.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(f"No permission to write {out}.", hint="Give another place with --output.")
    return StorageError(f"Cannot write {out}: {error.strerror or error}.", hint="Nothing was left there.")


def listed(folder: Path) -> list[dict[str, Any]]:
    """The files of a folder with their size in bytes and SHA-256."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            found.append({"file": name, "bytes": path.stat().st_size, "sha256": digest})
    return found


def write_manifest(folder: Path, manifest: dict[str, Any]) -> str:
    """Write `manifest.json` and return its SHA-256."""
    content = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    with (folder / MANIFEST).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()
