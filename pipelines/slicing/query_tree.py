"""The syntax tree of a slice's query: what it may not do, where its result would not repeat, and the cure for ties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from lake.errors import UsageError
from lake.extensions import reader_of_texts, unstable_functions

Node = dict[str, Any]


_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "repeat", "json_each", "json_tree"})
_UNSTABLE_KEYWORDS = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user"}
)
_TIE_WINDOWS = frozenset({"row_number", "ntile", "first_value", "last_value", "nth_value", "lead", "lag", "first"})
_TIE_AGGREGATES = frozenset(
    {"first", "last", "any_value", "arbitrary", "mode", "arg_max", "arg_min", "argmax", "argmin"}
)
_CURE = "order by … , sample_id"


def syntax_tree(of: str, text: str) -> Node:
    """The query as DuckDB parses it, as JSON; raises UsageError for what cannot be written so."""
    row = reader_of_texts().execute("select json_serialize_sql($text)", {"text": text}).fetchone()
    assert row is not None
    tree: Node = json.loads(row[0])
    if tree["error"]:
        raise UsageError(
            f"The query of {of} cannot be checked: {tree.get('error_message', 'unknown statement')}",
            hint="Write it as a plain select, without pivot.",
        )
    return tree


def rendered(tree: Node) -> str:
    """The tree as SQL text again."""
    given = {"tree": json.dumps(tree)}
    row = reader_of_texts().execute("select json_deserialize_sql($tree::json)", given).fetchone()
    assert row is not None
    return str(row[0])


def body(text: str, tree: Node) -> str:
    """The text without its final semicolon; a comment after that makes it the text of the tree."""
    plain = text.rstrip().rstrip(";")
    try:
        duckdb.extract_statements(f"from (\n{plain}\n)")
    except duckdb.Error:
        return rendered(tree)
    return plain


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def check(of: str, tree: Node) -> None:
    """Raise UsageError where a query reads what is not in the lake or uses what never repeats."""
    unstable = unstable_functions()
    for node in _nodes(tree):
        kind, function = node.get("type"), str(node.get("function_name", "")).lower()
        if kind == "TABLE_FUNCTION":
            used = str(node["function"].get("function_name", "")).lower()
            if used not in _TABLE_FUNCTIONS:
                raise UsageError(
                    f"The query of {of} calls {used}(…); a slice reads only relations of the lake.",
                    hint="Ingest what lies elsewhere first.",
                )
        elif kind == "BASE_TABLE":
            table = str(node.get("table_name", ""))
            if re.search(r"[/\\.:*]", table):
                raise UsageError(
                    f"The query of {of} reads {table!r}; a slice reads only relations of the lake.",
                    hint="Ingest what lies elsewhere first.",
                )
            place = ".".join(part for part in (node.get("catalog_name"), node.get("schema_name")) if part)
            if place not in ("", "lake", "main", "lake.main"):
                raise UsageError(f"The query of {of} reads {place}.{table}, which is not in the lake.")
        elif function in unstable:
            raise _not_repeatable(of, f"{function}()")
        elif kind == "COLUMN_REF" and str(node["column_names"][0]).lower() in _UNSTABLE_KEYWORDS:
            raise _not_repeatable(of, str(node["column_names"][0]))
        sample = node.get("sample")
        if isinstance(sample, dict) and sample.get("seed") == -1:
            raise _not_repeatable(of, "a sample without a seed")


def _not_repeatable(of: str, what: str) -> UsageError:
    return UsageError(
        f"The query of {of} uses {what}, which gives something else each time.",
        hint="To sample, order by md5(content_id::varchar || 'seed'), sample_id, as the recipe stratified_sample does.",
    )


def _is_limit(modifier: Node) -> bool:
    return modifier["type"] in ("LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER")


def _mentions_sample_id(value: Any) -> bool:
    return any(
        node.get("type") == "STAR" or (node.get("type") == "COLUMN_REF" and node["column_names"][-1] == "sample_id")
        for node in _nodes(value)
    )


def order_limit(node: Node) -> bool:
    """Append sample_id to the order of an outermost limit; whether that changed anything."""
    modifiers = node.get("modifiers", [])
    limits = [number for number, modifier in enumerate(modifiers) if _is_limit(modifier)]
    if not limits:
        return False
    order = next((modifier for modifier in modifiers if modifier["type"] == "ORDER_MODIFIER"), None)
    if order is None:
        order = {"type": "ORDER_MODIFIER", "orders": []}
        modifiers.insert(limits[0], order)
    if _mentions_sample_id(order):
        return False
    column = {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": ["sample_id"]}
    order["orders"].append({"type": "ASCENDING", "null_order": "ORDER_DEFAULT", "expression": column})
    return True


def ambiguities(tree: Node) -> Iterator[str]:
    """Warnings for the places where the order of storage may decide who is in."""
    outermost = tree["statements"][0]["node"]
    for node in _nodes(tree):
        function = str(node.get("function_name", "")).lower()
        modifiers = node.get("modifiers", [])
        orders = [modifier for modifier in modifiers if modifier["type"] == "ORDER_MODIFIER"]
        if node is not outermost and any(map(_is_limit, modifiers)) and not _mentions_sample_id(orders):
            yield f"an inner limit may cut through ties; write {_CURE}"
        distinct_on = any(m["type"] == "DISTINCT_MODIFIER" and m["distinct_on_targets"] for m in modifiers)
        if distinct_on and not _mentions_sample_id(orders):
            yield f"distinct on may choose among ties; write {_CURE}"
        if node.get("class") == "WINDOW":
            by_rows = "ROWS" in f"{node.get('start')} {node.get('end')}"
            if (function in _TIE_WINDOWS or by_rows) and not _mentions_sample_id(node.get("orders")):
                yield f"{function}() over (…) may choose among ties; write {_CURE}"
        elif function in _TIE_AGGREGATES and not _mentions_sample_id(node.get("order_bys")):
            yield f"{function}(…) may choose among ties; use min or max, or {function}(… {_CURE})"
        if node.get("type") == "BASE_TABLE" and str(node.get("table_name", "")).lower() == "slice_members":
            yield "slice_members holds sample_ids of the snapshot of each slice; slice_samples has those of today"
        if isinstance(node.get("sample"), dict):
            yield "a sample depends on the order of storage; order by md5(content_id::varchar || 'seed') and limit"
