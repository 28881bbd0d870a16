"""Source values as text: what a text field accepts, and JSON for everything else."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from lake.formats.base import Unusable

_SCALARS = (bool, int, float, Decimal, date, datetime, time)


def is_scalar(value: object) -> bool:
    """Whether a text field accepts the value: text, number, truth value or time."""
    return isinstance(value, (str, *_SCALARS))


def as_text(value: object, column: str) -> str | None:
    """The value of a text field; numbers and truth values become their JSON text, null and NaN become None.

    Raises Unusable for anything that is not a scalar.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and math.isnan(value):  # NaN: how data frames write a missing text
        return None
    if isinstance(value, _SCALARS):
        return json_text(value, column)
    raise Unusable(f"column {column!r} holds {kind(value)}, not text")


def loose_text(value: object, column: str) -> str | None:
    """Like as_text, but lists and objects become their JSON text and empty text becomes None."""
    if value is None or isinstance(value, str):
        return value or None
    if is_scalar(value):
        return as_text(value, column)
    return json_text(value, column)


def json_text(value: object, column: str) -> str:
    """The value as compact JSON; raises Unusable when it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False, default=as_plain)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unusable(f"column {column!r} cannot be written as JSON: {error}") from None


def as_plain(value: object) -> Any:
    """What JSON has no form for: bytes as base64, sets and tuples as lists, anything else as its text."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def without_nulls(value: Any) -> Any:
    """The value without members of objects that are null, at any depth.

    A struct of Parquet or Arrow has every member in every row, so a null there may only mean that another row has it.
    """
    try:
        return _without_nulls(value)
    except RecursionError:
        return value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def kind(value: object) -> str:
    """What a value is, in the words of JSON: `null`, `text`, `a number`, `a list`, `an object`."""
    names: tuple[tuple[type, str], ...] = (
        (type(None), "null"), (str, "text"), (bool, "true or false"), (int, "a number"), (float, "a number"),
        (Decimal, "a number"), (Mapping, "an object"), (list, "a list"), (tuple, "a list"),
    )  # fmt: skip
    return next((name for sort, name in names if isinstance(value, sort)), f"a {type(value).__name__}")


def parsed_list(value: Any) -> list[Any] | None:
    """A list, also when it is held as a JSON string; None for anything else."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        found = parsed_json(value)
        return found if isinstance(found, list) else None
    return None


def parsed(value: Any) -> Any:
    """A value, or what it holds as JSON text when that is a list or an object."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        found = parsed_json(value)
        return value if found is None else found
    return value


_TURN = re.compile(r"(?:turn|round|step)_?(\d{1,4})", re.IGNORECASE)


def turn_list(value: Any) -> list[Any] | None:
    """The turns of a conversation: a list, JSON text of one, or an object of lists of equal length, one a member.

    Turns that are JSON text of objects, one each, are read as objects, and so are members called `turn_1`, `turn_2`.

    The last is what `datasets` makes of a sequence of structs (`{"role": [...], "content": [...]}`).
    """
    value = parsed(value)
    if isinstance(value, Mapping) and len(value) > 1:
        lengths = {len(column) if isinstance(column, list) else -1 for column in value.values()}
        if len(lengths) == 1 and min(lengths) > 0:
            rows = zip(*value.values(), strict=True)
            return [{key: cell for key, cell in zip(value, row, strict=True) if cell is not None} for row in rows]
    if isinstance(value, Mapping) and value and all(_TURN.fullmatch(str(key)) for key in value):
        return [value[key] for key in sorted(value, key=lambda key: int(_TURN.fullmatch(str(key))[1]))]  # type: ignore[index]
    if not isinstance(value, list):
        return None
    if value and all(isinstance(turn, str) and turn[:1] == "{" for turn in value):
        turns = [parsed(turn) for turn in value]
        return turns if all(isinstance(turn, dict) for turn in turns) else value
    return value


def parsed_json(text: str) -> Any:
    """What a JSON text holds, None when it is not JSON (or null); whole numbers keep all their digits."""
    import orjson  # late: only sources that hold JSON in strings need it

    try:
        found = orjson.loads(text)
        # orjson turns whole numbers beyond 64 bits into floats; the standard parser is exact and several times slower.
        return json.loads(text) if _has_huge_number(found) else found
    except (ValueError, RecursionError):
        return None


def _has_huge_number(value: Any) -> bool:
    open_values = [value]
    while open_values:
        inner = open_values.pop()
        if isinstance(inner, dict):
            open_values += inner.values()
        elif isinstance(inner, list):
            open_values += inner
        elif isinstance(inner, float) and abs(inner) >= 2**63:
            return True
    return False
