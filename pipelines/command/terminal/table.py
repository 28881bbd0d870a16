"""Tables for people: rows of any values laid out in a given width, wide cells shortened, NULL told from text.

Widths of characters and styles are rich's. Its tables shorten numbers and drop the last columns of what is too wide,
and take 35 times as long for a result of 20,000 rows; so the layout is ours.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.cells import cell_len, set_cell_size

from pipelines.command.terminal.output import Output, coloured, dumps, styled, text_of_bytes

NULL = "NULL"
ELISION = "…"
GAP = "  "
NARROWEST = 14
"""Cells a text column keeps, where it has as many; numbers are never shortened."""

WIDEST_CELL = 72
"""Cells a column may take when the output is no terminal."""


def cell(value: Any) -> str:
    r"""One value on one line: line breaks as `\n`, numbers as SQL writes them, structures as JSON."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.1f}"
    if isinstance(value, dict | list | tuple):
        return dumps(value).decode()
    if isinstance(value, bytes):
        value = text_of_bytes(value)
    if isinstance(value, dt.datetime):
        value = value.replace(tzinfo=None).isoformat(" ", "seconds")
    text = str(value)[: 4 * WIDEST_CELL]
    return text if text.isprintable() else "".join(_visible(character) for character in text)


def visible(text: str) -> str:
    """A text of several lines that drives no terminal: control characters are escaped, but for line feeds and tabs."""
    return "".join(each if each in "\n\t" else _visible(each) for each in text)


def printable(value: Any) -> str:
    """One value in full for a terminal: a text with its line breaks, anything else as in a cell."""
    return visible(value.replace("\r\n", "\n")) if isinstance(value, str) else cell(value)


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    # Control characters of a data set must not drive the reader's terminal.
    return character if character.isprintable() else f"\\x{ord(character):02x}"


def shorten(text: str, width: int) -> str:
    """Text in at most `width` terminal cells, the cut marked with an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ELISION


@dataclass(frozen=True)
class Layout:
    """Which columns are shown and how wide; `elided_at` is where columns were left out, None if none were."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    elided_at: int | None = None


def lay_out(natural: Sequence[int], floors: Sequence[int], room: int) -> Layout:
    """Fit columns of natural widths into `room` cells, none below its floor.

    Columns are left out from the middle until the floors fit; then the widest are shortened first.
    """
    shown = list(range(len(natural)))
    while len(shown) > 2 and _needed([floors[i] for i in shown], len(shown) < len(natural)) > room:
        shown.pop(len(shown) // 2)
    left_out = len(shown) < len(natural)
    widths = [natural[i] for i in shown]
    while (excess := _needed(widths, left_out) - room) > 0:
        free = [place for place, i in enumerate(shown) if widths[place] > floors[i]]
        if not free:
            break
        widest = max(widths[place] for place in free)
        alike = [place for place in free if widths[place] == widest]
        below = [widths[place] for place in free if widths[place] < widest]
        step = min(max(1, excess // len(alike)), widest - max(below, default=0))
        for place in alike:
            widths[place] = max(floors[shown[place]], widest - step)
    elided_at = next((place for place, i in enumerate(shown) if i != place), None) if left_out else None
    return Layout(tuple(shown), tuple(widths), elided_at)


def _needed(widths: Sequence[int], left_out: bool) -> int:
    columns = [*widths, 1] if left_out else list(widths)
    return sum(columns) + len(GAP) * (len(columns) - 1)


def room() -> int:
    """Cells of a line of standard output: the terminal's, else no limit worth the name."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10**6


def lines(headers: Sequence[str], rows: Sequence[Sequence[Any]], *, width: int, colour: bool = False) -> list[str]:
    """The table as lines: header, rule, one line a row; numbers to the right."""
    return _lines(headers, rows, width=width, colour=colour)[0]


def _lines(
    headers: Sequence[str], rows: Sequence[Sequence[Any]], *, width: int, colour: bool
) -> tuple[list[str], Layout]:
    texts = [[cell(value) for value in row] for row in rows]
    names = [cell(header) for header in headers]
    natural = [
        min(WIDEST_CELL, max([cell_len(name), *(cell_len(row[i]) for row in texts)])) for i, name in enumerate(names)
    ]
    right = [_is_numeric([row[i] for row in rows]) for i in range(len(names))]
    floors = [size if number else min(size, NARROWEST) for size, number in zip(natural, right, strict=True)]
    layout = lay_out(natural, floors, width)

    def line(parts: Sequence[str], styles: Sequence[str], fill: str = " ") -> str:
        shown = []
        for place, (i, size) in enumerate(zip(layout.columns, layout.widths, strict=True)):
            if place == layout.elided_at:
                shown.append(ELISION)
            text = shorten(parts[i], size)
            padding = fill * (size - cell_len(text))
            decorated = styled(text, styles[i], enabled=colour and bool(styles[i]))
            shown.append(padding + decorated if right[i] else decorated + padding)
        return GAP.join(shown).rstrip()

    header = line(names, ["bold"] * len(names))
    rule = line([""] * len(names), [""] * len(names), fill="─")
    body = [line(t, ["dim italic" if v is None else "" for v in row]) for t, row in zip(texts, rows, strict=True)]
    return [header, rule, *body], layout


def _is_numeric(values: Sequence[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(isinstance(v, int | float | Decimal) and not isinstance(v, bool) for v in present)


def show(out: Output, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Print a table to standard output in its width, in colour on terminals; nothing with --json.

    Returns how many columns there was no room for.
    """
    if out.json:
        return 0
    texts, layout = _lines(headers, list(rows), width=room(), colour=coloured(sys.stdout))
    for text in texts:
        out.write(text + "\n")
    return len(headers) - len(layout.columns)


def facts(out: Output, pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names with their values, one a line; an absent value as a dash; nothing with --json."""
    known = [(name, value) for name, value in pairs]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        text = "–" if value is None or value in ("", []) else value if isinstance(value, str) else cell(value)
        out.line(f"{name.ljust(width)}  {text}")


def count(number: float | None, noun: str = "") -> str:
    """A number with thousands separators and its noun: `1 sample`, `52,002 samples`."""
    if number is None:
        return f"unknown {noun}s" if noun else "–"
    plural = "" if number == 1 or not noun else "s"
    return f"{number:,.0f} {noun}{plural}".strip()


def size(number_of_bytes: float | None) -> str:
    """Bytes for people: `512 B`, `3.4 MB`."""
    if number_of_bytes is None:
        return "–"
    amount = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def duration(seconds: float | None) -> str:
    """A time span for people: `under 1 s`, `41 s`, `3 min`, `2.5 h`."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
