"""The forms of what is told: numbers and words as they are, and tables, pictures, documents and places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from pipelines.pictures.svg import Picture

_ROWS = 8
_CHARACTERS = 100


@dataclass(frozen=True)
class Markdown:
    """A text with tables, code or pictures."""

    text: str


@dataclass(frozen=True)
class Document:
    """Plain values, one within the other."""

    value: Any


@dataclass(frozen=True)
class Place:
    """A path of this machine."""

    path: str


Shown = bool | int | float | str | Markdown | Document | Place | None
Facts = dict[str, Shown]
"""What is told, by name; None is not told."""


def table(found: pa.Table, *, rows: int = _ROWS) -> Markdown:
    """The first rows as a table, long cells cut."""
    names = [str(name) for name in found.column_names]
    lines = ["| " + " | ".join(map(_cell, names)) + " |", "| " + " | ".join("---" for _ in names) + " |"]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in found.slice(0, rows).to_pylist()]
    if found.num_rows > rows:
        lines.append(f"\n… {found.num_rows - rows:,} more rows")
    return Markdown("\n".join(lines))


def counts(name: str, found: Mapping[str, int]) -> Markdown:
    """Counts by name as a table."""
    return table(pa.table({name: list(found), "count": list(found.values())}), rows=len(found))


def pictures(lake: Lake, **drawn: Callable[[], Picture | None]) -> Facts:
    """The pictures that have something to show, by name; none where the settings turn them off."""
    if not lake.settings.plots:
        return {}
    return {name: Markdown(found.markdown) for name, draw in drawn.items() if (found := draw())}


def rate(rows: int, seconds: float) -> float | None:
    """Rows per second; None where nothing was done."""
    return rows / seconds if rows and seconds > 0 else None


def _cell(value: Any) -> str:
    if value is None:
        return "∅"
    text = f"{value:,.4g}" if isinstance(value, float) else str(value)
    text = text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
    # Texts of datasets are shown as they are, never interpreted as Markdown or HTML.
    for special in "\\`*_{}[]<>()#+!|~$":
        text = text.replace(special, "\\" + special)
    return " ".join(text.split()) or "∅"
