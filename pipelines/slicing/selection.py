"""The query of a slice: where it comes from, what it may do, and how it runs to the same members every time.

What is guaranteed. A query reads one snapshot through a connection of its own that is read-only, has one thread,
keeps insertion order and can open no file or server. Functions that answer differently each time and samples without
a seed are refused. Where the outermost select has a `limit`, `sample_id` is appended to its `order by`, so ties at the
cut always fall the same way. Ties deeper inside (`row_number`, `first`, an inner `limit`) are broken by the order of
storage, which `oda compact` may change: such places are found and reported as warnings, each with the cure.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lake.catalog import Lake
from lake.confinement import confine
from lake.errors import UnknownNameError, UsageError
from lake.relations import Parameter, bind, catalogue, parse
from pipelines.rights import check_names, parsed
from pipelines.slicing.named import check_named, missing_axis
from pipelines.slicing.query_tree import ambiguities, body, check, order_limit, rendered, syntax_tree

RECIPES = "curate"
"""The folder of `sql/` with ready-made selections."""


@dataclass(frozen=True)
class Selection:
    """A checked query: the text as given, its bound parameters, the text that runs, and what may be ambiguous.

    - strategy: what picks before it runs; empty for plain SQL.
    """

    text: str
    parameters: dict[str, Any]
    body: str
    strategy: str = ""
    warnings: tuple[str, ...] = ()
    declared: tuple[Parameter, ...] = ()

    @property
    def parameters_json(self) -> str:
        """The parameter values as they are stored and hashed."""
        return json.dumps(self.parameters, sort_keys=True, default=str, ensure_ascii=False)


def recipe_names() -> list[str]:
    """Names of the ready-made selections in `sql/curate/`."""
    return sorted(name for name, relation in catalogue().items() if relation.subject == RECIPES)


def load_query(given: str | Path) -> str:
    """The text of a query given as a text, a `.sql` file or the name of a recipe in `sql/curate/`.

    Raises UsageError for a file that cannot be read and UnknownNameError for a name that is no recipe.
    """
    if _is_file(given):
        try:
            return Path(given).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(f"Cannot read the query in {given}: {reason}.") from None
    text = str(given)
    if _is_name(text):
        if text not in recipe_names():
            raise UnknownNameError.of("recipe", text, recipe_names(), hint="A query begins with select or from.")
        return catalogue()[text].sql
    return text


def named_query(given: str | Path) -> str | None:
    """The file or recipe that a query was given as; None where it is a text."""
    return str(given) if _is_file(given) or _is_name(str(given)) else None


def _is_file(given: str | Path) -> bool:
    return isinstance(given, Path) or (given.endswith(".sql") and "\n" not in given)


def _is_name(given: str) -> bool:
    return re.fullmatch(r"\w+", given) is not None


def prepare(of: str, text: str, given: dict[str, Any] | None = None) -> Selection:
    """Parse and check a query without touching data; `of` names what it is for, e.g. `slice 'hard'`.

    Raises UsageError for anything but one select, for unknown, missing and mistyped parameters, and for what
    would make the result depend on something else than the snapshot.
    """
    try:
        statements = parsed(text)
    except duckdb.Error as error:
        raise query_error(of, error) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        found = ", ".join(statement.type.name.lower() for statement in statements) or "nothing"
        raise UsageError(f"The query of {of} must be one select; it is: {found}.", hint="Select sample_id from scored.")
    header = parse(text, name="query")
    declared = header.parameters
    values = bind(declared, given or {}, of=f"the query of {of}")
    used = {str(name) for name in statements[0].named_parameters}
    if undeclared := sorted(used - values.keys()):
        name = undeclared[0]
        raise UsageError(
            f"The query of {of} uses ${name}, which it does not declare.",
            hint=f"Begin it with a line such as: -- parameter {name}: double = 1.0 | what it means",
        )
    tree = syntax_tree(of, text)
    check(of, tree)
    ordered = order_limit(tree["statements"][0]["node"])
    return Selection(
        text=text,
        parameters=values,
        body=rendered(tree) if ordered else body(text, tree),
        strategy=header.strategy,
        warnings=tuple(dict.fromkeys(ambiguities(tree))),
        declared=declared,
    )


def restrict(lake: Lake) -> None:
    """Leave a connection nothing but the lake, and one thread."""
    lake.connection.execute("set threads = 1")
    confine(lake)


def materialise(lake: Lake, of: str, selection: Selection) -> None:
    """Run a query into the temporary table `chosen` (sample_id BIGINT, weight DOUBLE, reason VARCHAR), unchecked.

    Raises UsageError with DuckDB's message and place when the query does not run or has other columns.
    """
    check_names(lake.connection, selection.text)
    check_named(lake, selection.declared, selection.parameters)
    used = _used(selection)
    try:
        lake.rows("explain\n" + selection.text, used)
    except duckdb.Error as error:
        raise missing_axis(lake, error) or query_error(of, error, lines_before=1) from None
    query = f"from (\n{selection.body}\n)"
    try:
        shape = {str(row[0]): str(row[1]) for row in lake.rows(f"describe select * {query}", used)}
        _check_columns(of, shape)
        weight = "weight::double" if "weight" in shape else "1.0::double"
        reason = "reason::varchar" if "reason" in shape else "null::varchar"
        lake.rows(
            "create or replace temp table chosen as\n"
            f"select sample_id::bigint as sample_id, {weight} as weight, {reason} as reason {query}",
            used,
        )
    except duckdb.Error as error:
        raise query_error(of, error, placed=False) from None


def query_error(of: str, error: duckdb.Error, *, lines_before: int = 0, placed: bool = True) -> UsageError:
    """DuckDB's complaint about a user's query: one line, the place with a caret, the rest as hint."""
    head, _, place = str(error).strip().partition("\nLINE ")
    first, *rest = [line.strip() for line in head.splitlines() if line.strip()]
    message = f"The query of {of} does not run: {first}"
    if placed and (found := re.match(r"(\d+)(:.*)\n(\s*\^)", place)):
        number = str(max(1, int(found[1]) - lines_before))
        caret = found[3][len(found[1]) - len(number) :]
        message += f"\nLINE {number}{found[2]}\n{caret}"
    return UsageError(message, hint=" ".join(rest[:4]))


def _used(selection: Selection) -> dict[str, Any] | None:
    names = {str(name) for name in duckdb.extract_statements(selection.text)[0].named_parameters}
    return {name: value for name, value in selection.parameters.items() if name in names} or None


def _check_columns(of: str, shape: dict[str, str]) -> None:
    if "sample_id" not in shape:
        raise UsageError(
            f"The query of {of} gives no column sample_id; it gives {', '.join(shape)}.",
            hint="Select sample_id, and if wanted weight and reason.",
        )
    if not re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", shape["sample_id"]):
        raise UsageError(f"The query of {of} must give sample_id as integers, not {shape['sample_id']}.")
