"""Loads and runs the files of `sql/`: one relation a file, a header that is data, typed parameters.

A file opens with comment lines `-- key: value`:

    -- relation: exact_duplicates
    -- grain: one row per sample whose content occurs more than once
    -- inputs: samples
    -- parameter minimum: integer = 2 | smallest group to report
    -- column copies | samples with this content

Parameters are bound (`$minimum`), never formatted in. Those of type `identifier` (a table or a column) and
`identifier[]` (several, with commas between) cannot be bound: they are quoted and put in place here and nowhere else.
The text after the header is one select.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from lake.errors import UnknownNameError, UsageError
from lake.kinds import INT32, AnyText, Boolean, Kind, Real, Whole
from lake.values import DAY

SQL_ROOT = Path(__file__).resolve().parent.parent / "sql"

_HEADER = re.compile(r"--\s*(relation|grain|inputs|strategy)\s*:\s*(.+)")
_PARAMETER = re.compile(r"--\s*parameter\s+(\w+)\s*:\s*(\w+(?:\[\])?)\s*(?:=\s*([^|]+?))?\s*(?:\|\s*(.*))?$")
_COLUMN = re.compile(r"--\s*column\s+(\w+)\s*\|\s*(.*)")


@dataclass(frozen=True)
class Parameter:
    """A typed parameter of a query; required unless it has a default."""

    name: str
    type: str
    default: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class Relation:
    """One file of `sql/`: what it produces, from what, and the select itself.

    - strategy: of a selection, what picks before the select runs (`pipelines.slicing.strategies`); empty without.
    """

    name: str
    subject: str
    sql: str
    grain: str = ""
    inputs: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    strategy: str = ""


_IDENTIFIERS = ("identifier", "identifier[]")

NAMES = ("axis", "axes", "dataset", "datasets", "parts", "slice")
"""Types of parameters that are texts and name something of the lake; `pipelines.slicing.named` looks it up."""

_KINDS: dict[str, Kind] = {
    "boolean": Boolean(),
    "integer": Whole(-INT32 - 1, INT32),
    "bigint": Whole(),
    "double": Real(),
    "float": Real(-3.4e38, 3.4e38),
    "varchar": AnyText(),
    "date": DAY,
    "identifier": AnyText(),
    **dict.fromkeys(NAMES, AnyText()),
}


def parse(text: str, *, name: str, subject: str = "") -> Relation:
    """Read a SQL text with its header; a text without one is a relation without parameters."""
    header: dict[str, str] = {}
    parameters: list[Parameter] = []
    columns: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if not line.startswith("--"):
            if line:
                break
            continue
        if found := _PARAMETER.match(line):
            parameters.append(Parameter(found[1], found[2].lower(), found[3], found[4] or ""))
        elif found := _COLUMN.match(line):
            columns[found[1]] = found[2].strip()
        elif found := _HEADER.match(line):
            header[found[1]] = found[2].strip()
    inputs = tuple(part.strip() for part in header.get("inputs", "").split(",") if part.strip())
    return Relation(
        name=header.get("relation", name),
        subject=subject,
        sql=text,
        grain=header.get("grain", ""),
        inputs=inputs,
        parameters=tuple(parameters),
        columns=columns,
        strategy=header.get("strategy", ""),
    )


@cache
def catalogue() -> dict[str, Relation]:
    """Every relation of `sql/`, by name."""
    found = {}
    for path in sorted(SQL_ROOT.rglob("*.sql")):
        relation = parse(path.read_text(), name=path.stem, subject=path.parent.name)
        found[relation.name] = relation
    return found


def views() -> list[Relation]:
    """The relations of `sql/views/`, each after those it names as inputs."""
    found = {name: view for name, view in catalogue().items() if view.subject == "views"}
    ordered: dict[str, Relation] = {}

    def add(view: Relation) -> None:
        for name in view.inputs:
            if name in found and name not in ordered and name != view.name:
                add(found[name])
        ordered.setdefault(view.name, view)

    for view in found.values():
        add(view)
    return list(ordered.values())


def relation(name: str) -> Relation:
    """The relation of that name; raises UnknownNameError with close matches."""
    known = catalogue()
    if name not in known:
        raise UnknownNameError.of("relation", name, known)
    return known[name]


def bind(parameters: tuple[Parameter, ...], given: dict[str, Any], *, of: str) -> dict[str, Any]:
    """Values for every parameter, converted to its declared type.

    Raises UsageError for a missing, unknown or mistyped one.
    """
    declared = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in declared:
            raise UnknownNameError.of(f"parameter of {of}", name, declared)
    values: dict[str, Any] = {}
    for parameter in parameters:
        raw = given.get(parameter.name, parameter.default)
        if raw is None:
            raise UsageError(
                f"{of} needs the parameter {parameter.name} ({parameter.type}).",
                hint=f"Give it with -p {parameter.name}=VALUE.",
            )
        values[parameter.name] = _convert(raw, parameter, of)
    return values


def _convert(raw: Any, parameter: Parameter, of: str) -> Any:
    kind = _KINDS.get(parameter.type.removesuffix("[]"))
    if kind is None:
        raise UsageError(f"Parameter {parameter.name} of {of} is {parameter.type}, not one of {', '.join(_KINDS)}.")
    try:
        if parameter.type.endswith("[]"):
            parts = raw if isinstance(raw, (list, tuple)) else [part for part in AnyText()(raw).split(",") if part]
            return [None if part is None else kind(part) for part in parts]
        if raw is parameter.default and isinstance(raw, str):
            return float(raw) if _infinite(raw, kind) else kind(raw.strip("'"))
        return Real(infinite=True)(raw) if _infinite(parameter.default, kind) else kind(raw)
    except UsageError as error:
        raise UsageError(
            f"Parameter {parameter.name} of {of} must be {parameter.type}: {error.message}", hint=error.hint
        ).about(raw) from None


def _infinite(default: str | None, kind: Kind) -> bool:
    """Whether a parameter may be infinite: where its default says so, e.g. `double = inf`."""
    return isinstance(kind, Real) and default is not None and "inf" in default


def run(connection: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> duckdb.DuckDBPyConnection:
    """Run a relation of `sql/` with its parameters; fetch from what is returned."""
    return connection.execute(*statement(name, parameters))


def keep(connection: duckdb.DuckDBPyConnection, into: str, name: str, **parameters: Any) -> int:
    """Run a relation of `sql/` and keep its rows as the temporary table `into`, in the place of an earlier one.

    Returns how many there are.
    """
    text, values = statement(name, parameters)
    row = connection.execute(f"create or replace temp table {quote(into)} as {text}", values).fetchone()
    return int(row[0]) if row else 0


def taken(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the relation has a parameter for."""
    return {parameter.name: given[parameter.name] for parameter in relation(name).parameters if parameter.name in given}


def show(connection: duckdb.DuckDBPyConnection, into: str, name: str, **parameters: Any) -> None:
    """Make a relation of `sql/` the temporary view `into`, its values as literals: a view holds no parameters."""
    text, values = statement(name, parameters)
    for parameter, value in (values or {}).items():
        text = re.sub(rf"\${parameter}\b", lambda _, value=value: literal(value), text)  # type: ignore[misc]
    connection.execute(f"create or replace temp view {quote(into)} as {text}")


def insert(connection: duckdb.DuckDBPyConnection, into: str, name: str, **parameters: Any) -> int:
    """Run a relation of `sql/` and insert its rows into a table, by name; how many."""
    text, values = statement(name, parameters)
    row = connection.execute(f"insert into {quote(into)} by name {text}", values).fetchone()
    return int(row[0]) if row else 0


def statement(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """The text of a relation of `sql/` with its identifiers in place, and the values to bind."""
    wanted = relation(name)
    values = bind(wanted.parameters, given, of=name)
    text = wanted.sql
    for parameter in wanted.parameters:
        if parameter.type in _IDENTIFIERS:
            named = values.pop(parameter.name)
            quoted = quote(named) if isinstance(named, str) else ", ".join(map(quote, named))
            text = re.sub(rf"\${parameter.name}\b", lambda _, quoted=quoted: quoted, text)  # type: ignore[misc]
    return text, values or None


def quote(identifier: str) -> str:
    """An SQL identifier, quoted: the one checked way a name gets into a statement.

    Raises UsageError for a name that holds a NUL character.
    """
    if "\x00" in identifier:
        raise UsageError(f"Name {identifier!r} holds a NUL character.")
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL text literal, for the few statements that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"
