"""Members inside of columns, named by a path: `reward_model.ground_truth`, `completions[0].response`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lake.formats.base import Converter as Convert
from lake.formats.base import Record, Sample
from lake.formats.columns import alone
from lake.formats.values import parsed

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def is_path(name: str, columns: Iterable[str]) -> bool:
    """Whether a name is no column but leads into one of these."""
    columns = set(columns)
    return name not in columns and _head(name, columns) is not None


def member(record: Record, path: str) -> Any:
    """What stands at a path of the record, JSON text on the way read; None where there is nothing."""
    if path in record:
        return record[path]
    head = _head(path, record)
    if head is None:
        return None
    value: Any = record[head]
    for name, number in _STEP.findall(path[len(head) :]):
        value = parsed(value)
        if number:
            value = value[int(number)] if isinstance(value, list) and int(number) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def lifted(convert: Convert, paths: list[str]) -> Convert:
    """The conversion of records whose members at these paths stand beside their columns; those stay in meta."""

    def with_members(record: Record) -> list[Sample]:
        found = {path: alone(member(record, path)) for path in paths}
        return convert({**record, **{path: value for path, value in found.items() if value is not None}})

    return with_members


def spread(record: Record, column: str) -> Record:
    """The record with the members of an object in place of its column; the object stays where a name is taken."""
    inner = record.get(column)
    if not isinstance(inner, Mapping) or inner.keys() & (record.keys() - {column}):
        return record
    return {**{key: value for key, value in record.items() if key != column}, **inner}


def spreading(convert: Convert, column: str) -> Convert:
    """The conversion of records whose object in this column is spread."""
    return lambda record: convert(spread(record, column))


def _head(path: str, columns: Iterable[str]) -> str | None:
    """The column a path begins with, the longest where names hold dots themselves."""
    heads = [
        c for c in columns if isinstance(c, str) and path.startswith(c) and path[len(c) : len(c) + 1] in (".", "[")
    ]
    return max(heads, key=len, default=None)
