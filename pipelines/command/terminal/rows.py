"""Rows as CSV, JSON or a line a value, written as they are fetched: memory holds one chunk of any result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import chain
from typing import Any

import orjson

from pipelines.command.query import Result
from pipelines.command.terminal import table
from pipelines.command.terminal.output import dumps, text_of_bytes

Write = Callable[[bytes], None]


def write_json(result: Result, write: Write) -> int:
    """Write an array of objects, one a line; columns of type JSON as what they hold. Returns the rows written."""
    embedded = [kind == "JSON" for kind in result.types]
    total = 0
    for rows in result.chunks:
        parts: list[bytes] = []
        for row in rows:
            values = (
                orjson.Fragment(value) if is_json and value is not None else value
                for value, is_json in zip(row, embedded, strict=True)
            )
            parts.append(dumps(dict(zip(result.columns, values, strict=True))))
        write((b"[\n" if total == 0 else b",\n") + b",\n".join(parts))
        total += len(rows)
    write(b"\n]\n" if total else b"[]\n")
    return total


def write_csv(result: Result, write: Write) -> int:
    """Write RFC 4180 text with a header; NULL is an empty field, the empty string is `""`. Returns the rows written."""
    total = 0
    for rows in chain([[result.columns]], result.chunks):
        lines = (",".join(map(csv_field, row)) for row in rows)
        write(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
        total += len(rows)
    return total - 1


def write_vertical(result: Result, write: Write) -> int:
    """Write a line a value, each in full; further lines of a text stand below the first. Returns the rows written."""
    width = max(map(len, result.columns), default=0)
    total = 0
    for rows in result.chunks:
        for row in rows:
            total += 1
            lines = [f"── row {total:,} ──"]
            for name, value in zip(result.columns, row, strict=True):
                first, *more = table.printable(value).split("\n")
                lines += [
                    f"{name.ljust(width)}  {first}".rstrip(),
                    *(f"{' ' * width}  {line}".rstrip() for line in more),
                ]
            write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))
    return total


WRITERS = {"csv": write_csv, "json": write_json, "vertical": write_vertical}
"""How rows are written that are no table, by the name of the format."""


def csv_field(value: Any) -> str:
    """One value as a CSV field; structures as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        value = dumps(value).decode()
    elif isinstance(value, bytes):
        value = text_of_bytes(value)
    elif isinstance(value, dt.datetime):
        value = value.isoformat(" ")
    text = str(value)
    if text == "" or any(character in text for character in ',"\n\r') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
