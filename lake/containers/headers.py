"""Whether the first row of a table names its columns, and what the columns are called then."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from statistics import median

from lake.formats.columns import KNOWN_NAMES, normalised

_NAME = re.compile(r"[A-Za-z_][\w.\-/() ]{0,39}")
_NUMBER = re.compile(r"\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?\s*%?\s*")
_ENDS = (".", "!", "。", "！")
_LONGEST = 100
"""Characters of the longest name of a column."""


def is_header(row: Sequence[str], following: Sequence[Sequence[str]], wanted: Collection[str] = ()) -> bool:
    """Whether a first row names columns, given the rows that follow.

    It does where a cell is a name that is well known or wanted; where all cells look like identifiers and none is a
    value further down; where an empty cell stands over numbers of rows, as pandas writes them; or where it is unlike
    the rows below: words over numbers, or few words over long texts in all columns.
    """
    cells = [cell.strip() for cell in row]
    if not any(cells):
        return False
    below = [[each[at] for each in following if len(each) == len(cells)] for at in range(len(cells))]
    values = {value.strip() for column in below for value in column}
    fresh = [cell not in values for cell in cells]
    known = any(new and normalised(cell) in KNOWN_NAMES for new, cell in zip(fresh, cells, strict=True))
    if known or (wanted and set(wanted) <= set(cells)):
        return True
    if any(len(cell) > _LONGEST for cell in cells):
        return False
    named = all(_NAME.fullmatch(cell) and len(cell.split()) <= 3 for cell in cells)
    counted = any(not cell and _is_count(values) for cell, values in zip(cells, below, strict=True))
    if counted or (named and len(set(cells)) == len(cells) and all(fresh)):
        return True
    return _is_unlike(cells, below)


def _is_count(values: Sequence[str]) -> bool:
    """Whether these are 0, 1, 2 and so on, or from 1."""
    numbers = [value.strip() for value in values]
    return numbers[:1] in (["0"], ["1"]) and numbers == [str(int(numbers[0]) + n) for n in range(len(numbers))]


def _is_unlike(cells: list[str], below: list[list[str]]) -> bool:
    """Whether words stand over numbers, or all texts are much shorter than every one below and end like no sentence."""
    shorter = []
    for cell, values in zip(cells, below, strict=True):
        filled = [value for value in values if value.strip()]
        if len(filled) < 2 or not cell:
            continue
        if cell in values and len(set(filled)) < len(filled):
            return False
        if all(map(_NUMBER.fullmatch, filled)):
            return _NUMBER.fullmatch(cell) is None
        lengths = list(map(len, filled))
        shorter.append(len(cell) * 3 <= median(lengths) and len(cell) < min(lengths) and not cell.endswith(_ENDS))
    return bool(shorter) and all(shorter)


def names_of(row: Sequence[str]) -> list[str]:
    """The names of columns: an empty one by its place, as pandas calls it; one that is there already with a number."""
    names: list[str] = []
    for place, cell in enumerate(row):
        name = cell.strip() or f"Unnamed: {place}"
        taken = {*names}
        names.append(
            next(
                each
                for number in range(1, len(row) + 2)
                if (each := name if number == 1 else f"{name}_{number}") not in taken
            )
        )
    return names
