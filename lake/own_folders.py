"""The folders that belong to the lake itself: nothing else may be written there, by whatever name they are called."""

from __future__ import annotations

import os
from pathlib import Path

from lake.errors import UsageError
from lake.settings import Settings

EXPORTS = "exports"
"""The folder of the home that is meant for exports."""

RUNS = "runs"
"""The folder of the home that trainings happen in."""


def own_folders(settings: Settings) -> list[tuple[str, Path]]:
    """What the lake keeps on this machine, with its name for messages; not all of it need exist."""
    found = [("the scratch folder", settings.scratch), ("the inbox", settings.inbox_path)]
    if settings.local_files:
        found.insert(0, ("the files", Path(settings.files)))
    found += [("a folder of scorers", folder) for folder in (settings.home / "scorers", *settings.scorers)]
    if settings.embedded:
        found.append(("the catalogue", settings.catalog_file))
    return [*found, ("the home", settings.home)]


def refuse_own_folder(settings: Settings, path: Path) -> None:
    """Raise UsageError for a path that is, lies in or holds a folder of the lake; `<home>/exports` is free.

    Links, `..`, relative paths and, where the file system does not tell them apart, other cases are seen through.
    """
    for name, own in own_folders(settings):
        if within(own, path):
            raise UsageError(f"{path} holds {name} of the lake ({own}).", hint="Give a folder of its own.")
        if within(path, own) and not (
            own == settings.home and any(_below(path, own / name) for name in (EXPORTS, RUNS))
        ):
            raise UsageError(
                f"{path} lies in {name} of the lake ({own}).",
                hint=f"Give a place outside of it, or one in {settings.home / EXPORTS}.",
            )


def within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies in it; neither need exist."""
    real, place = _real(path), _real(folder)
    return any(part == place or _same(part, place) for part in (real, *real.parents))


def _below(path: Path, folder: Path) -> bool:
    return within(path, folder) and not within(folder, path)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike resolve, it bears circles of links


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
