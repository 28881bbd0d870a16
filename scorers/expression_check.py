"""What an SQL expression depends on, and whether it gives a number for every sample from that sample alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from lake.errors import UsageError
from lake.extensions import diskless, unstable_functions
from lake.relations import quote
from lake.tables import SAMPLES

_LOCAL = threading.local()
_REFUSED = {
    "SUBQUERY": "a query inside it",
    "WINDOW": "a window function, whose value depends on other samples",
    "PARAMETER": "a parameter",
    "STAR": "a star instead of columns",
}
_SIZES = ("TINY", "SMALL", "", "BIG", "HUGE")
_INTEGERS = tuple(f"{sign}{size}INT" for sign in ("", "U") for size in _SIZES)
_NUMBERS = (*_INTEGERS, "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN")
_TYPES = {column.name: "VARCHAR" if column.type == "JSON" else column.type for column in SAMPLES.columns}


def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that belongs to this thread and reaches nothing else: batches are what runs in parallel."""
    if not hasattr(_LOCAL, "connection"):
        _LOCAL.connection = diskless(threads=1)
        _LOCAL.connection.execute("set TimeZone = 'UTC'")
        for setting in ("python_enable_replacements", "autoload_known_extensions", "enable_external_access"):
            _LOCAL.connection.execute(f"set {setting} = false")
        _LOCAL.connection.execute("set lock_configuration = true")
    found: duckdb.DuckDBPyConnection = _LOCAL.connection
    return found


def checked(text: str, path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of samples and the axes an expression uses.

    Raises UsageError naming the file for anything that is not a number of one sample, the same every time.
    """
    tree = _parsed(text, path)
    names = sorted(set(_names(tree, frozenset())))
    reads = tuple(name for name in names if name in _TYPES)
    axes = tuple(name for name in names if name not in _TYPES)
    for node in _nodes(tree):
        if node.get("class") in _REFUSED:
            raise _wrong(path, f"it holds {_REFUSED[node['class']]}")
        if node.get("class") == "FUNCTION" and node["function_name"] in unstable_functions():
            raise _wrong(path, f"{node['function_name']}() is not the same every time")
    types = {"_row": "bigint", **{name: _TYPES[name] for name in reads}, **dict.fromkeys(axes, "float")}
    nothing = ", ".join(f"null::{kind} as {quote(name)}" for name, kind in types.items())
    try:
        found = connection().execute(f"select ({text}\n) from (select {nothing} where false) as scored")
        kind = str(found.description[0][1])
        grouped = found.fetchall()
    except duckdb.Error as error:
        taken = f" ({', '.join(axes)} taken for axes)" if axes else ""
        raise _wrong(path, str(error).strip().splitlines()[0].rstrip(".") + taken) from None
    if grouped:
        raise _wrong(path, "it is an aggregate over samples")
    if not kind.startswith(_NUMBERS):
        raise _wrong(path, f"it gives {kind}, not a number")
    return reads, axes


def _wrong(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"The expression in {path} cannot be an axis: {reason}.",
        hint="After the header stands one SQL expression over columns of samples and axes: length(response) / 4.0",
    )


def _parsed(text: str, path: Path) -> Any:
    row = connection().execute("select json_serialize_sql(?)", [f"select ({text}\n) from scored"]).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree["error"]:
        raise _wrong(path, tree["error_message"])
    if len(tree["statements"]) != 1:
        raise _wrong(path, "it is more than one statement")
    node = tree["statements"][0]["node"]
    table = node.get("from_table", {})
    whole = node["type"] == "SELECT_NODE" and table.get("type") == "BASE_TABLE" and table["table_name"] == "scored"
    if not whole or len(node["select_list"]) != 1 or node["where_clause"] or node["modifiers"]:
        raise _wrong(path, "it is more than one expression")
    return node["select_list"]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _names(tree: Any, bound: frozenset[str]) -> Iterator[str]:
    """Columns named in an expression, lower case; parameters of lambdas are none."""
    if isinstance(tree, list):
        for part in tree:
            yield from _names(part, bound)
    elif isinstance(tree, dict) and tree.get("class") == "COLUMN_REF":
        parts = [part.lower() for part in tree["column_names"]]
        name = parts[1] if parts[0] == "scored" and len(parts) > 1 else parts[0]
        if name not in bound:
            yield name
    elif isinstance(tree, dict) and tree.get("class") == "LAMBDA":
        yield from _names(tree["expr"], bound | set(_names(tree["lhs"], frozenset())))
    elif isinstance(tree, dict):
        yield from _names(list(tree.values()), bound)
