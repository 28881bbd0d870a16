"""Finds scorers by listing folders: a file that declares an axis is in the catalogue, nothing is registered by hand.

A file is a Python module with SCORER and score, `NAME.sql` (see `scorers.expression`) or `NAME.axis.json` (see
`scorers.trained`). What users add to the project's own scorers is found by `scorers.installed`.

Names come from the listing; a module is loaded when its declaration is asked for, and what it computes with only
when it runs. Listing every axis loads no numba and no torch.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

from lake.errors import OdaError, UnknownNameError, UsageError
from lake.tables import SAMPLES
from scorers.spec import Axis, ScoreFunction, Scorer
from scorers.trust import run_trusted

ROOT = Path(__file__).resolve().parent

FAMILIES = ("dataset", "heuristic", "judge", "model")
"""Folders of `scorers/` whose files are scorers."""

EXTENSION = "extension"
"""The family of scorers that do not come with the project."""


SUFFIXES = (".py", ".sql", ".axis.json")
"""What files that declare axes end in."""


LeftOut = dict[Path, OdaError]
"""Files that are not used, and why."""


@dataclass(frozen=True)
class Entry:
    """A scorer: its declaration, its function, the file they stand in, and how it is computed in words."""

    scorer: Scorer
    score: ScoreFunction
    path: Path
    definition: str = ""

    @property
    def family(self) -> str:
        """The folder of the project it stands in; `extension` for what a user has added."""
        return self.path.parent.name if self.path.is_relative_to(ROOT) else EXTENSION


@dataclass
class Catalogue:
    """The scorers of some folders, by file name; loaded one by one as they are asked for.

    - modules: scorer -> the module it is imported as, where it belongs to an installed package.
    - trusted: scorer -> hash of the file that the user trusts; nothing else of that file runs.
    """

    files: dict[str, Path]
    modules: dict[str, str] = field(default_factory=dict)
    trusted: dict[str, str] = field(default_factory=dict)
    _loaded: dict[str, Entry] = field(default_factory=dict)
    _left_out: LeftOut | None = None

    @property
    def names(self) -> list[str]:
        """Every scorer, sorted; loads none."""
        return sorted(self.files)

    def entry(self, name: str) -> Entry:
        """The scorer of that name; raises UnknownNameError with close matches."""
        if name not in self.files:
            raise UnknownNameError.of("scorer", name, self.files)
        if name not in self._loaded:
            self._loaded[name] = _load(name, self.files[name], self.modules.get(name), self.trusted.get(name))
        return self._loaded[name]

    def leaving_out(self, files: LeftOut) -> Catalogue:
        """This catalogue, which leaves out what is wrong instead of raising it; these files are left out already."""
        return replace(self, _left_out=dict(files))

    def left_out(self) -> LeftOut:
        """Files of users that cannot be used, and why."""
        return dict(self._usable[1])

    def entries(self) -> Iterator[Entry]:
        """Every scorer with its declaration, sorted by name."""
        return (self.entry(name) for name in self.names)

    def axes(self) -> dict[str, tuple[Axis, Entry]]:
        """Every axis by name, with the scorer that measures it.

        Raises UsageError for a declaration that is wrong, naming the file; see `leaving_out`.
        """
        return dict(self._usable[0])

    def axis(self, name: str) -> tuple[Axis, Entry]:
        """The axis of that name; raises UnknownNameError with close matches, or why its file is left out."""
        known, left_out = self._usable
        if name not in known:
            for path, why in left_out.items():
                if name == path.name.partition(".")[0]:
                    raise why
            raise UnknownNameError.of("axis", name, known, hint="List them with: oda axes")
        return known[name]

    @cached_property
    def _usable(self) -> tuple[dict[str, tuple[Axis, Entry]], LeftOut]:
        found: dict[str, tuple[Axis, Entry]] = {}
        left_out = dict(self._left_out or {})
        # The project's own first: a name of theirs is not to be taken.
        for name in sorted(self.names, key=lambda name: not self.files[name].is_relative_to(ROOT)):
            path = self.files[name]
            try:
                entry = self.entry(name)
                for axis in entry.scorer.axes:
                    if axis.name in found:
                        other = found[axis.name][1]
                        raise UsageError(f"Axis {axis.name!r} is declared twice: in {other.path} and in {path}.")
                    if axis.name in SAMPLES.column_names:
                        raise UsageError(f"Axis {axis.name!r} in {path} is also a column of samples.")
            except Exception as error:
                self._leave_out(left_out, path, error)
                continue
            found.update({axis.name: (axis, entry) for axis in entry.scorer.axes})
        complete = False
        while not complete:
            complete = True
            for _, entry in list(found.values()):
                try:
                    _check_inputs(entry, found)
                except OdaError as error:
                    self._leave_out(left_out, entry.path, error)
                    complete = False
                    for axis in entry.scorer.axes:
                        found.pop(axis.name, None)
        return dict(sorted(found.items(), key=lambda item: item[1][1].scorer.name)), left_out

    def _leave_out(self, left_out: LeftOut, path: Path, error: Exception) -> None:
        """Note why a user's file is not used, or raise it; what is wrong in the project's own is raised."""
        if self._left_out is None or path.is_relative_to(ROOT):
            raise error
        if not isinstance(error, OdaError):
            error = UsageError(f"{path} cannot be an axis: {type(error).__name__}: {error}.", hint="Correct the file.")
        left_out[path] = error

    def missing(self, axis: str) -> list[str]:
        """Modules that are not installed and that the axis, or one it is made of, needs."""
        scorer = self.axis(axis)[1].scorer
        return sorted({*scorer.missing(), *(module for name in scorer.axes_read for module in self.missing(name))})


def _check_inputs(entry: Entry, known: dict[str, tuple[Axis, Entry]]) -> None:
    """Refuse an axis made of others that are not there, or not measured per sample from the samples alone."""
    for name in entry.scorer.axes_read:
        if name not in known:
            raise UnknownNameError.of(
                f"name in {entry.path}", name, [*SAMPLES.column_names, *known], hint="Use columns of samples and axes."
            )
        other = known[name][1].scorer
        if other.of_sets or other.axes_read:
            what = "made of other axes itself" if other.axes_read else "measured over whole datasets"
            raise UsageError(f"{entry.path} uses the axis {name!r}, which is {what}.", hint="Write it out instead.")


def find(folders: Iterable[Path]) -> Catalogue:
    """The scorers of these folders: every file of a kind known here, not beginning with an underscore.

    Raises UsageError when two files have the same name, naming both.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()):
            add(files, path)
    return Catalogue(files)


def add(files: dict[str, Path], path: Path) -> str | None:
    """Put a file under the name of its scorer, which is returned; None for a file that cannot declare an axis.

    Raises UsageError when the name is taken, naming both files.
    """
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if suffix is None or path.name.startswith(("_", ".")):
        return None
    name = path.name.removesuffix(suffix)
    if name in files:
        raise UsageError(f"Scorer {name!r} exists twice: {files[name]} and {path}.", hint="Rename one of them.")
    files[name] = path
    return name


@cache
def catalogue(extra: tuple[Path, ...] = ()) -> Catalogue:
    """The scorers that come with the project, and those of further folders."""
    return find([*project_folders(), *extra])


def project_folders() -> list[Path]:
    """Folders of the scorers that come with the project."""
    return [ROOT / family for family in FAMILIES]


def _load(name: str, path: Path, module: str | None, trusted: str | None) -> Entry:
    if path.suffix == ".sql":
        from scorers import expression  # late: only where there is one, it needs DuckDB

        loaded = expression.load(name, path)
        return Entry(loaded.scorer, loaded.score, path, loaded.definition)
    if path.suffix == ".json":
        from scorers import trained

        loaded = trained.load(name, path)
        return Entry(loaded.scorer, loaded.score, path, loaded.definition)
    found = _import(name, path, module, trusted)
    scorer, function = getattr(found, "SCORER", None), getattr(found, "score", None)
    if not isinstance(scorer, Scorer):
        raise UsageError(f"{path} is in a folder of scorers but declares no SCORER.")
    scorer.check(function, str(path))
    if scorer.name != name:
        raise UsageError(f"{path} declares the scorer {scorer.name!r}; name the file {scorer.name}.py.")
    assert function is not None
    return Entry(scorer, function, path, inspect.cleandoc(found.__doc__ or ""))


def _import(name: str, path: Path, installed_as: str | None, trusted: str | None) -> ModuleType:
    if path.is_relative_to(ROOT):
        return importlib.import_module(".".join(("scorers", *path.relative_to(ROOT).with_suffix("").parts)))
    qualified = installed_as or f"oda_user_scorers.{name}"
    try:
        if installed_as:
            return importlib.import_module(installed_as)
        if trusted is not None:
            return run_trusted(qualified, path, trusted)
        spec = importlib.util.spec_from_file_location(qualified, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[qualified] = module
        spec.loader.exec_module(module)
    except OdaError:
        raise
    except (Exception, SystemExit) as error:
        sys.modules.pop(qualified, None)
        raise UsageError(
            f"The scorer in {path} cannot be loaded: {type(error).__name__}: {error}",
            hint="Correct the file, or take it out of the folder.",
        ) from error
    return module
