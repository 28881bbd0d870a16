"""What columns hold, in words: for hints where no format fits, and for remarks on what was not used."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lake.formats.base import Record
from lake.formats.columns import Columns
from lake.formats.values import is_scalar, kind, parsed

_NO_WORDS = re.compile(r"[\w./:@#-]*")
"""Ids, addresses, dates, numbers: a text that is one token."""


@dataclass(frozen=True)
class Shape:
    """A column, or a member of one by its path.

    - text: whether it holds texts of people: several words, differing from row to row.
    - length: characters of a text on average.
    - asks: the share of texts that end with a question mark.
    - said: what it holds in words.
    """

    column: str
    text: bool
    length: float
    asks: float
    said: str


def shapes(records: Iterable[Record], without: Collection[str] = ()) -> list[Shape]:
    """The columns of these records, and the members of those that hold objects, in the records' order."""
    columns = Columns(records)
    found = []
    for column in [column for column in columns.values if isinstance(column, str) and column not in without]:
        values = columns.values[column]
        if values:
            found.append(_shape(column, values))
            found += _members(column, values, without)
    return found


def _shape(path: str, values: list[Any]) -> Shape:
    texts = [value for value in values if isinstance(value, str)]
    words = [text for text in texts if not _NO_WORDS.fullmatch(text.strip())]
    varied = len(set(texts)) > len(texts) / 2
    is_text = len(texts) == len(values) and varied and len(words) > len(texts) / 2
    length = sum(map(len, texts)) / max(1, len(texts))
    asks = sum(text.rstrip()[-1:] in ("?", "？") for text in texts) / max(1, len(texts))
    return Shape(path, is_text, length, asks, _said(values[0]))


def _members(column: str, values: list[Any], without: Collection[str]) -> list[Shape]:
    """Members that hold texts, of objects or of the first objects of lists: `completions[0].response`."""
    whole = [parsed(value) for value in values]
    step = ""
    if all(isinstance(value, list) for value in whole):
        whole, step = [value[0] for value in whole if value], "[0]"
    if whole and all(isinstance(value, str) for value in whole) and step:
        return [_shape(f"{column}[0]", whole)]
    objects = [value for value in whole if isinstance(value, Mapping)]
    names = dict.fromkeys(str(name) for value in objects for name in value)
    found = []
    for name in list(names)[:20]:
        held = [value[name] for value in objects if value.get(name) is not None]
        path = f"{column}{step}.{name}"
        if held and all(isinstance(value, str) for value in held) and path not in without:
            found.append(_shape(path, held))
    return [shape for shape in found if shape.text]


def _said(value: Any) -> str:
    """`text`, `an object with turn_1, turn_2`, `a list of 3 texts`."""
    value = parsed(value)
    if isinstance(value, Mapping):
        names = list(map(str, value))
        return (
            f"an object with {', '.join(names[:4])}" + (" …" if len(names) > 4 else "") if names else "an empty object"
        )
    if isinstance(value, list):
        if not value:
            return "an empty list"
        first = value[0]
        if isinstance(first, Mapping):
            return f"a list of objects with {', '.join(map(str, list(first)[:4]))}"
        return f"a list of {'texts' if isinstance(first, str) else 'numbers' if is_scalar(first) else 'lists'}"
    return kind(value)


def described(records: Iterable[Record], limit: int = 8) -> str:
    """What the columns hold that is no plain value: `column chat holds an object with turn_1, turn_2`."""
    told = [
        s
        for s in shapes(records)
        if "[" not in s.column and "." not in s.column and s.said.startswith(("an ", "a list"))
    ]
    return "; ".join(f"column {shape.column!r} holds {shape.said}" for shape in told[:limit])


def proposal(records: Iterable[Record], *, without: Collection[str] = ()) -> str:
    """The way out by what columns hold: a mapping where two hold texts and one of them asks, or the texts."""
    found = [shape for shape in shapes(records, without) if shape.text]
    asking = [shape for shape in found if shape.asks > 0.5]
    answering = [shape for shape in found if shape.asks <= 0.5]
    if len(asking) == 1 and len(answering) == 1:
        prompt, answer = asking[0].column, answering[0].column
        return f"If {prompt} is the prompt: --map instruction={prompt} --map response={answer}"
    if found:
        names = ", ".join(f"{shape.column} ({shape.length:,.0f} characters)" for shape in found[:8])
        return (
            f"Texts stand in {names}. Say which is the prompt, which the answer: --map instruction=… --map response=…"
        )
    return "No column holds texts that could be a prompt; --map FIELD=COLUMN takes paths too, as messages[0].content."
