"""Every scorer of this installation: the project's own, those of installed packages, those in the user's folders.

A package offers scorers by an entry point of the group `oda.scorers`, which names a module with SCORER and score or a
package of such files. The folders are `<home>/scorers` and those of the setting `scorers`.
"""

from __future__ import annotations

import importlib.util
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from lake.errors import UsageError
from lake.settings import Settings
from scorers.catalogue import Catalogue, add, project_folders

GROUP = "oda.scorers"


def installed(settings: Settings) -> Catalogue:
    """The catalogue for a lake with these settings; a file added or changed is seen by the next call."""
    files: dict[str, Path] = {}
    modules: dict[str, str] = {}
    for path in _listed([*project_folders()]):
        add(files, path)
    for offered in _offered():
        for path, module in _files_of(offered):
            if (name := add(files, path)) is not None and path.suffix == ".py":
                modules[name] = module
    for path in _listed(list(settings.scorer_folders)):
        add(files, path)
    stamped = tuple((name, path, path.stat().st_mtime_ns) for name, path in files.items())
    return _catalogue(stamped, tuple(modules.items()))


@lru_cache(maxsize=8)
def _catalogue(files: tuple[tuple[str, Path, int], ...], modules: tuple[tuple[str, str], ...]) -> Catalogue:
    return Catalogue({name: path for name, path, _ in files}, dict(modules))


def _listed(folders: list[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]


@cache
def _offered() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _files_of(point: EntryPoint) -> list[tuple[Path, str]]:
    """The files an entry point offers, each with the module it is imported as; imports none of them."""
    package = point.dist.name if point.dist is not None else "an installed package"
    try:
        spec = importlib.util.find_spec(point.module)
    except ImportError:
        spec = None
    if spec is None:
        raise UsageError(
            f"The entry point {point.name} = {point.value} of {package} names no module.",
            hint=f"Update or remove it: pip uninstall {package}",
        )
    if spec.submodule_search_locations is not None:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        return [(path, f"{point.module}.{path.stem}") for path in _listed(folders)]
    return [(Path(spec.origin), point.module)] if spec.origin else []
