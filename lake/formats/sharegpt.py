"""ShareGPT: `conversations` of `from` (human, gpt, system, function_call, observation) and `value`."""

from __future__ import annotations

from lake.formats import conversations
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "sharegpt"
RANK = 20
TAKES = conversations.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records with a column of turns that have `from` and `value`."""
    columns = Columns(records)
    return conversations.bind(NAME, columns, conversations.column_of(columns, _holds_turns))


def converter(binding: Binding) -> Converter:
    """One sample per conversation."""
    return conversations.converter(binding)


def _holds_turns(value: object) -> bool:
    return conversations.of_objects(value, ("from", "value"))
