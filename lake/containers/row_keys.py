"""Which members of a JSON object hold its rows, or whether the object is a row itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lake.errors import SourceError
from lake.formats.columns import INPUTS, QUESTIONS, RESPONSES, SPLIT_WORDS, SPLITS, normalised
from lake.formats.messages import ROLE_KEYS

_ROWS = ("instances", "examples", "data", "rows", "train", "questions", "items", "samples", "records", "entries")
"""Names of rows, whatever their case, the surest first."""

_CHATS = ("messages", "conversations", "conversation", "dialogue", "dialog", "turns", "chat", "trajectory")
"""Names of a conversation: an object that holds its turns is one row."""

_BESIDE = frozenset((
    "tools", "functions", "images", "image", "videos", "audios", "files", "attachments", "contributors", "authors",
    "metadata", "references", "citations", "labels", "categories", "licenses",
))  # fmt: skip
_SHOWN = ("positive_", "negative_", "few_shot", "demo", "exemplar")
"""What belongs to a whole file: examples that are shown to a reader of the task are none of its rows."""

_PROMPTS = (*QUESTIONS, "prompt", "instruction")


CARRIED_BYTES = 256 * 1024 * 1024
"""What a file says about all of its records is kept with each; together it may take so many bytes."""


def keys_of_rows(first: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, str | None]:
    """The keys of the rows, each with its split: one key, several of splits, or none when the object is the record.

    See `key_of_rows`.
    """
    found = key_of_rows(first, members)
    if found is None:
        return {}
    splits = {key: SPLIT_WORDS[normalised(key)] for key in first if normalised(key) in SPLIT_WORDS}
    return dict(splits) if found in splits and len(splits) > 1 else {found: None}


def check_carried(about: int, rows: int, keys: Iterable[str], members: Iterable[str], name: str) -> None:
    """Raise SourceError where so many bytes about all rows are too much to be kept with each."""
    if about * rows > CARRIED_BYTES:
        raise SourceError(
            f"beside the rows of {' and '.join(map(repr, keys))} it holds {about:,} bytes in {', '.join(members)}, "
            "too much to be kept with every row",
            file=name,
            hint="Make files of their own of what belongs to no single row.",
        )


def key_of_rows(first: Mapping[str, Any], members: Mapping[str, Any]) -> str | None:
    """The key of the rows, None when the object is the record.

    - first: key -> first element, of the members that are arrays of objects (None where it is not known).
    - members: every key, with its value where it is known.
    """
    names = {key: normalised(key) for key in first}
    if any(names[key] in _CHATS and _is_turn(element) for key, element in first.items()):
        return None
    for name in _ROWS:
        found = next((key for key in first if names[key] == name), None)
        if found is not None:
            return found
    if any(normalised(key) in _PROMPTS and isinstance(value, str) for key, value in members.items()):
        return None
    left = [key for key in first if names[key] not in _BESIDE and not names[key].startswith(_SHOWN)]
    known = [key for key in left if _looks_like_row(first[key])]
    return known[0] if known else left[0] if len(left) == 1 else None


def of_split(row: dict[str, Any], split: str | None) -> dict[str, Any]:
    """A row with its split, where it does not say one itself."""
    return row if split is None or any(name in row for name in SPLITS) else {**row, SPLITS[0]: split}


def _is_turn(element: Any) -> bool:
    return element is None or (
        isinstance(element, Mapping) and any(isinstance(element.get(key), str) for key in ROLE_KEYS)
    )


def _looks_like_row(element: Any) -> bool:
    known = {*_PROMPTS, *_CHATS, *RESPONSES, *INPUTS, "text"}
    return isinstance(element, Mapping) and any(normalised(str(key)) in known for key in element)
