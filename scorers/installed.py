"""Every scorer of this installation: the project's own, those of installed packages, those in the user's folders.

A package offers scorers by an entry point of the group `oda.scorers`, which names a module with SCORER and score or a
package of such files. The folders are `<home>/scorers` and those of the setting `scorers`. What cannot be used (a file
that is wrong, a Python file of the lake that nobody trusts) is left out with its reason and disturbs nothing else.
"""

from __future__ import annotations

import importlib.util
from functools import cache, lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from lake.errors import UsageError
from lake.settings import Settings
from scorers.catalogue import Catalogue, LeftOut, add, project_folders
from scorers.trust import digest, refusal

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
    left_out: LeftOut = {}
    trusted: dict[str, str] = {}
    for path in _listed(list(settings.scorer_folders)):
        foreign = path.suffix == ".py" and path.parent in settings.foreign_scorer_folders
        try:
            name = add(dict(files), path)
            if name is not None and foreign:
                if (why := refusal(path)) is not None:
                    raise why
                trusted[name] = digest(path.read_bytes())
            add(files, path)
        except (UsageError, OSError) as error:
            left_out[path] = error if isinstance(error, UsageError) else UsageError(f"Cannot read {path}: {error}.")
    stamped = tuple((name, path, path.stat().st_mtime_ns) for name, path in files.items())
    found = _catalogue(stamped, tuple(modules.items()), tuple(trusted.items()))
    return found.leaving_out(left_out)


@lru_cache(maxsize=8)
def _catalogue(
    files: tuple[tuple[str, Path, int], ...], modules: tuple[tuple[str, str], ...], trusted: tuple[tuple[str, str], ...]
) -> Catalogue:
    return Catalogue({name: path for name, path, _ in files}, dict(modules), dict(trusted))


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
