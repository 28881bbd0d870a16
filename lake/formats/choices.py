"""The options of a multiple-choice question as lines of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

from lake.formats.base import Unusable
from lake.formats.values import as_text, is_scalar, kind, parsed_list

_LABELLED = re.compile(r"\s*\(?[A-Za-z0-9]{1,2}\s*[).:、．]")


def lines(value: Any, column: str) -> list[str]:
    """One line per option: as the source writes it, labelled `(A) ` where it has no label of its own.

    Accepts lists of texts or of {label, text} objects, {"A": text} objects, and {text: [], label: []} objects.
    """
    if value is None or value in ("", []):
        return []
    if isinstance(value, Mapping):
        texts, labels = value.get("text"), value.get("label")
        if isinstance(texts, list) and isinstance(labels, list) and len(texts) == len(labels) and len(value) == 2:
            return [_line(label, text, column) for label, text in zip(labels, texts, strict=True)]
        return [_line(label, text, column) for label, text in value.items() if text is not None]
    items = parsed_list(value)
    if items is not None:
        return _listed(items, column)
    if isinstance(value, str):
        return [value]
    raise Unusable(f"column {column!r} holds {kind(value)}, not options")


def _listed(items: list[Any], column: str) -> list[str]:
    if items and all(isinstance(item, Mapping) for item in items):
        return [_labelled_object(item, column) for item in items]
    texts = [as_text(item, column) or "" for item in items]
    if len(texts) > len(ascii_uppercase) or all(_LABELLED.match(text) for text in texts):
        return texts
    return [f"({label}) {text}" for label, text in zip(ascii_uppercase, texts, strict=False)]


def letter(answer: object, options: int, base: int | None = 0) -> str | None:
    """The letter of an answer given as a position, counted from `base`; None when it is not one.

    A position may be written as text ("2"), unless base is None: then the options have labels of their own.
    """
    if isinstance(answer, str) and base is not None and answer.strip().isdigit():
        answer = int(answer)
    if not isinstance(answer, int) or isinstance(answer, bool):
        return None
    place = answer - (base or 0)
    return ascii_uppercase[place] if 0 <= place < min(options, len(ascii_uppercase)) else None


def are_labelled(value: Any) -> bool:
    """Whether options bring labels of their own."""
    if isinstance(value, Mapping):
        return True
    items = parsed_list(value) or []
    return bool(items) and all(isinstance(i, Mapping) or (isinstance(i, str) and _LABELLED.match(i)) for i in items)


def first_position(labels: list[Any], options: int, otherwise: int) -> int:
    """What the positions among these labels are counted from: 0 where it occurs, 1 where the last does, or as said."""
    numbers = {int(label) for label in labels if str(label).strip().isdigit() and not isinstance(label, bool)}
    if 0 in numbers:
        return 0
    return 1 if options in numbers else otherwise


def _labelled_object(item: Mapping[str, Any], column: str) -> str:
    filled = {key: value for key, value in item.items() if value is not None}
    label = next((filled[key] for key in ("label", "key", "id", "letter") if key in filled), None)
    text = next((filled[key] for key in ("text", "value", "content", "option") if key in filled), None)
    if label is None or text is None or len(filled) > 2:
        raise Unusable(f"column {column!r} has an option that is not a label and a text")
    return _line(label, text, column)


def _line(label: object, text: object, column: str) -> str:
    if not is_scalar(label) or not is_scalar(text):
        raise Unusable(f"column {column!r} has an option that is not a label and a text")
    return f"({as_text(label, column)}) {as_text(text, column) or ''}"
