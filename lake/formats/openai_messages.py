"""OpenAI messages: a list of `role` and `content`, also held as a JSON string; content may be typed parts."""

from __future__ import annotations

from itertools import product

from lake.formats import conversations
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns
from lake.formats.messages import ROLE_KEYS, TEXT_KEYS

NAME = "openai_messages"
RANK = 25
TAKES = conversations.TAKES

_SHAPES = (*product(ROLE_KEYS, TEXT_KEYS), ("role", "tool_calls"))


def bind(records: list[Record]) -> Binding | None:
    """Records with a column of turns that have a role and a content."""
    columns = Columns(records)
    return conversations.bind(NAME, columns, conversations.column_of(columns, _holds_turns))


def converter(binding: Binding) -> Converter:
    """One sample per conversation."""
    return conversations.converter(binding)


def _holds_turns(value: object) -> bool:
    return conversations.of_objects(value, *_SHAPES)
