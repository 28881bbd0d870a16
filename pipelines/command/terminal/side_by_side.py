"""Two texts in two columns, parts of them marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len

Runs = Sequence[tuple[str, bool]]
"""A text as runs: the characters, and whether they are marked."""

_GAP = " │ "
_NARROWEST, _WIDEST = 30, 100


def lines(
    texts: Sequence[tuple[str, Runs]], *, width: int, most: int | None, mark: Callable[[str], str], marks: int = 0
) -> list[str]:
    """The texts beside each other under their titles, at most so many lines.

    mark: gives a marked part its style; marks: the cells that this adds to it.
    """
    column = max(_NARROWEST, min(_WIDEST, (width - len(_GAP)) // max(1, len(texts))))
    columns = [[([(title, False)], cell_len(title)), *_wrapped(runs, column, marks)] for title, runs in texts]
    rows = list(zip_longest(*columns, fillvalue=([], 0)))
    shown = rows if most is None else rows[: most + 1]
    found = [_GAP.join(_cell(cell, column, mark) for cell in row).rstrip() for row in shown]
    return found if len(shown) == len(rows) else [*found, f"… {len(rows) - len(shown):,} more lines (--full)"]


def _cell(cell: tuple[Runs, int], width: int, mark: Callable[[str], str]) -> str:
    runs, used = cell
    text = "".join(mark(part) if marked else part for part, marked in runs)
    return text + " " * max(0, width - used)


def _wrapped(runs: Runs, width: int, marks: int) -> Iterator[tuple[Runs, int]]:
    """Lines of at most so many cells, with the cells each takes; breaks at the column, so that nothing is lost."""
    line: list[tuple[str, bool]] = []
    used = 0
    for text, marked in runs:
        part = ""
        used += marks * marked
        for letter in text:
            shown = letter if letter.isprintable() else ("" if letter == "\n" else " ")
            wide = cell_len(shown)
            if letter == "\n" or used + wide > width:
                line.append((part, marked))
                yield [item for item in line if item[0]], used
                line, part, used = [], "", marks * marked
            part += shown
            used += wide
        line.append((part, marked))
    if any(part for part, _ in line):
        yield [item for item in line if item[0]], used
