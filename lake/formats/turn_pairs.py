"""Conversations as pairs: `conversation[]` of `input` and `output`, with `system` in the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lake.formats import conversations
from lake.formats.base import Binding, Converter, Record, Unusable
from lake.formats.chat import Message
from lake.formats.columns import Columns
from lake.formats.values import as_text, kind, turn_list

NAME = "turn_pairs"
RANK = 15
TAKES = conversations.TAKES

_PAIRS = (
    ("input", "output"), ("user", "assistant"), ("human", "assistant"), ("human", "gpt"),
    ("question", "answer"), ("prompt", "response"), ("query", "response"), ("instruction", "output"),
)  # fmt: skip


def bind(records: list[Record]) -> Binding | None:
    """Records with a conversation column whose elements hold a question and its answer."""
    columns = Columns(records)
    for column in columns.named(*conversations.NAMES):
        for pair in _PAIRS:
            if columns.share(column, lambda value, keys=pair: conversations.of_objects(value, keys)) > 0.5:
                return conversations.bind(NAME, columns, column, pair=list(pair))
    return None


def converter(binding: Binding) -> Converter:
    """One sample per conversation."""
    asked, answered = binding.options["pair"]

    def reader(value: object, column: str) -> list[Message]:
        items = turn_list(value)
        if not items:
            raise Unusable(f"no conversation: column {column!r} holds {kind(value)}, not a list of turns")
        return [message for item in items for message in _pair(item, column, asked, answered)]

    return conversations.converter(binding, reader)


def _pair(item: Any, column: str, asked: str, answered: str) -> list[Message]:
    if not isinstance(item, Mapping):
        raise Unusable(f"column {column!r} has a turn that is {kind(item)}, not an object")
    found = []
    for role, key in (("system", "system"), ("user", asked), ("assistant", answered)):
        text = as_text(item.get(key), f"{column}.{key}")
        if text or (text is not None and role != "system"):
            found.append(Message(role, text))
    extra = {k: v for k, v in item.items() if k not in ("system", asked, answered) and v is not None}
    if extra and found:
        found[-1] = found[-1]._replace(extra=extra, keep=True)
    elif extra:
        raise Unusable(f"column {column!r} has a turn without {asked!r} and {answered!r}")
    return found
