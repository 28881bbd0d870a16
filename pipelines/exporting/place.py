"""Where an export may go: a new or empty folder or an earlier export, outside of the lake and of its sources."""

from __future__ import annotations

import glob
import json
import os
from pathlib import Path

from lake.catalog import Lake
from lake.errors import UsageError
from lake.own_folders import refuse_own_folder, within
from lake.sources.hub_address import is_hub_address

MANIFEST = "manifest.json"

_MAKER = "oda-lake "
"""How the manifest of an export says which program wrote it."""


def check_place(lake: Lake, out: Path, *, overwrite: bool) -> None:
    """Raise UsageError where an export may not go: on other files, into the lake, over a source of it."""
    refuse_own_folder(lake.settings, out)
    for dataset, source in lake.rows("select dataset, source from datasets where source is not null"):
        _refuse_source(out, str(dataset), str(source))
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; an export is a folder.", hint="Give another place with --output.")
    check_replaceable(out, out, overwrite=overwrite)


def check_replaceable(folder: Path, out: Path, *, overwrite: bool) -> None:
    """Raise UsageError unless what is at a folder may go: it is not there, is empty, or is an export and nothing else.

    - out: what to call it.
    - overwrite: whether an earlier export may go.
    """
    if _free(folder):
        return
    if not overwrite:
        raise UsageError(
            f"{out} is not empty.", hint="Replace it with --overwrite, or give another place with --output."
        )
    foreign = foreign_files(folder)
    if foreign is None:
        raise UsageError(
            f"{out} holds no export ({MANIFEST} is missing or not of an export), so it is not overwritten.",
            hint="Empty it yourself, or give another place with --output.",
        )
    if foreign:
        raise UsageError(
            f"{out} holds files that no export wrote, so it is not overwritten: {', '.join(foreign[:3])}.",
            hint="Move them away, or give another place with --output.",
        )


def replaceable(folder: Path) -> bool:
    """Whether a folder is not there, is empty, or is an export and nothing else; one half removed still is."""
    return _free(folder) or foreign_files(folder) == []


def _free(folder: Path) -> bool:
    return not folder.is_dir() or not any(folder.iterdir())


def foreign_files(folder: Path) -> list[str] | None:
    """Files of an export that its manifest does not name; None where the folder is no export."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if not manifest["tool"].startswith(_MAKER):
            return None
        own = {MANIFEST, *(str(file["file"]) for file in manifest["files"])}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        found += [(Path(place) / name).relative_to(folder).as_posix() for name in files + links]
    return sorted(set(found) - own)


def _refuse_source(out: Path, dataset: str, source: str) -> None:
    if is_hub_address(source):
        return
    path = Path(source)
    if not path.exists():
        path = Path(source.rpartition("#")[0] or source)
    magic = not path.exists() and glob.has_magic(source)
    if magic:
        path = Path(*Path(source).parts[: _first_magic(source)])
    if within(path, out):
        raise UsageError(
            f"{out} holds the source of dataset {dataset!r} ({source}).", hint="Give another place with --output."
        )
    if not magic and path.is_dir() and within(out, path):
        raise UsageError(
            f"{out} lies in the source of dataset {dataset!r} ({source}): it would be read with it the next time.",
            hint="Give another place with --output.",
        )


def _first_magic(source: str) -> int:
    return next(number for number, part in enumerate(Path(source).parts) if glob.has_magic(part))
