"""Source values as text: what a text field accepts, and JSON for everything else."""

from __future__ import annotations

import json
import math
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
        return json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unusable(f"column {column!r} cannot be written as JSON: {error}") from None


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
