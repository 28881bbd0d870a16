"""Names in the parameters of a query: axes, datasets and slices that its header declares as such must be there.

A parameter of the type `axis`, `axes` (`mtld=1,ppl=-0.5`), `dataset`, `datasets` (a pattern), `parts` (datasets with
weights) or `slice` names something of the lake; what its default says means something else and is not looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import duckdb

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.relations import Parameter

_COLUMN = re.compile(r"""Referenced column "(\w+)" (?:not found|was not found)|does not have a column named "(\w+)\"""")


def check_named(lake: Lake, parameters: Sequence[Parameter], values: Mapping[str, Any]) -> None:
    """Raise UsageError for a name that is not there, with close matches or how to make it."""
    checks: dict[str, Callable[[Lake, str], None]] = {
        "axis": _axis,
        "axes": lambda lake, given: _each(lake, given, _axis),
        "dataset": _dataset,
        "datasets": _datasets,
        "parts": lambda lake, given: _each(lake, given, _dataset),
        "slice": _slice,
    }
    for parameter in parameters:
        value = values.get(parameter.name)
        if parameter.type in checks and isinstance(value, str) and value != parameter.default:
            checks[parameter.type](lake, value)


def unscored(lake: Lake, axis: str) -> UsageError:
    """The error for an axis that no sample has: how to score it, or that there is none of that name."""
    from scorers.installed import installed  # late: only a wrong name needs every scorer

    measured = _measured(lake)
    known = installed(lake.settings).axes()
    if axis not in known:
        return UnknownNameError.of("axis", axis, {*measured, *known}, hint="List them with: oda axes")
    axis_of_sets = known[axis][1].scorer.level == "dataset"
    if axis_of_sets:
        return UsageError(
            f"The axis {axis} is one of whole datasets; no sample has a value.",
            hint='See: oda sql "from dataset_scores"',
        )
    return UsageError(f"The axis {axis} is not scored in this lake.", hint=f"Score it with: oda score --axes {axis}")


def missing_axis(lake: Lake, error: duckdb.Error) -> UsageError | None:
    """What DuckDB's complaint about a column says of an axis that is not scored; None where it says no such thing."""
    from scorers.installed import installed

    found = _COLUMN.search(str(error))
    if found is None or not isinstance(error, duckdb.BinderException):
        return None
    name = next(filter(None, found.groups()))
    return unscored(lake, name) if name in installed(lake.settings).axes() else None


def _axis(lake: Lake, axis: str) -> None:
    if axis not in _measured(lake):
        raise unscored(lake, axis)


def _measured(lake: Lake) -> set[str]:
    columns = {str(row[0]) for row in lake.rows("describe scored_axes")}
    return columns - {"sample_id", "dataset"}


def _dataset(lake: Lake, dataset: str) -> None:
    known = _names(lake, "dataset from datasets")
    if dataset not in known:
        raise UnknownNameError.of("dataset", dataset, known)


def _datasets(lake: Lake, pattern: str) -> None:
    known = _names(lake, "dataset from datasets")
    if not any(fnmatchcase(name, pattern) for name in known):
        raise UnknownNameError.of("dataset", pattern, known)


def _slice(lake: Lake, name: str) -> None:
    known = _names(lake, "slice from slices")
    if name not in known:
        raise UnknownNameError.of("slice", name, known)


def _each(lake: Lake, given: str, check: Callable[[Lake, str], None]) -> None:
    """Check every name of `name=weight,name=weight`."""
    for part in given.split(","):
        if name := part.partition("=")[0].strip():
            check(lake, name)


def _names(lake: Lake, what: str) -> Collection[str]:
    return {str(row[0]) for row in lake.rows(f"select {what}")}
