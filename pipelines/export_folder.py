"""The folder of an export: made beside its place and moved there when all is well, so it is whole or not there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
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
from lake.settings import Settings

MANIFEST = "manifest.json"


def check_place(out: Path, settings: Settings, *, overwrite: bool) -> None:
    """Raise UsageError where an export may not go: on other files, or into the lake itself.

    Overwriting replaces a whole folder, so it is for earlier exports only: they have a manifest.
    """
    if settings.local_files and Path(settings.files).resolve() in (out.resolve(), *out.resolve().parents):
        raise UsageError(f"{out} lies in the files of the lake.", hint="Export to a folder outside of it.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; an export is a folder.", hint="Give another place with --out.")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not overwrite:
        raise UsageError(f"{out} is not empty.", hint="Replace it with --overwrite, or give another place with --out.")
    if not (out / MANIFEST).is_file():
        raise UsageError(
            f"{out} holds no export ({MANIFEST} is missing), so it is not overwritten.",
            hint="Empty it yourself, or give another place with --out.",
        )


@contextlib.contextmanager
def made_whole(out: Path) -> Iterator[tuple[Path, Path]]:
    """A new folder and a scratch folder beside `out`; the first takes its place at the end, or both go.

    Raises StorageError when the system refuses to write.
    """
    mark = uuid.uuid4().hex[:8]
    folder, scratch, old = (out.parent / f".{out.name}.{mark}.{kind}" for kind in ("partial", "scratch", "old"))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(out)
        folder.mkdir()
        scratch.mkdir()
        with _locked(folder), _locked(scratch):
            yield folder, scratch
            _replace(out, folder, old)
    except OSError as error:
        raise _refused(out, error) from error
    finally:
        for leftover in (folder, scratch):
            shutil.rmtree(leftover, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder, so that another export sees that somebody is at work; a killed process holds nothing."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _remove_abandoned(out: Path) -> None:
    """Remove what exports to this place left when they were killed."""
    for kind in ("partial", "scratch"):
        for leftover in out.parent.glob(f".{glob.escape(out.name)}.????????.{kind}"):
            with contextlib.suppress(OSError), _locked(leftover):
                shutil.rmtree(leftover)


def _replace(out: Path, folder: Path, old: Path) -> None:
    if not out.exists():
        folder.rename(out)
        return
    out.rename(old)
    try:
        folder.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refused(out: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = next(parent for parent in (out, *out.parents) if parent.exists())
        return StorageError(
            f"The disk of {out} is full ({shutil.disk_usage(place).free / 1e6:,.0f} MB free).",
            hint="Nothing was left there; free some space, or give another place with --out.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(f"No permission to write {out}.", hint="Give another place with --out.")
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
