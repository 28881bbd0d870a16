"""Lists of texts: `turns[]` of MT-Bench are prompts only; elsewhere speakers alternate or are named ("doctor: …").

Those that alternate may stand in pairs, a question and its answer each.
"""

from __future__ import annotations

from typing import Any

from lake.formats import conversations, speakers
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import Message
from lake.formats.columns import Columns
from lake.formats.values import as_text, kind, turn_list

NAME = "turns"
RANK = 30
TAKES = conversations.TAKES

_PROMPTS = ("turns", "prompts")
_ALTERNATING = (
    "conversations", "conversation", "messages", "dialogue", "dialog", "chat", "chats", "utterances", "data",
)  # fmt: skip


def bind(records: list[Record]) -> Binding | None:
    """Records with a list of texts under a conversation's name."""
    columns = Columns(records)
    for names, prompts_only in ((_PROMPTS, True), (_ALTERNATING, False)):
        for column in columns.named(*names):
            if columns.share(column, _are_named) > 0.5:
                return _of_named(columns, column)
            if columns.share(column, _texts) > 0.5:
                return conversations.bind(NAME, columns, column, prompts_only=prompts_only)
    return None


def converter(binding: Binding) -> Converter:
    """One sample per list; an answer is expected after each turn when they are prompts only."""
    prompts_only, named = binding.options["prompts_only"], binding.options.get("named", False)

    def reader(value: object, column: str) -> list[Message]:
        items = _flat(turn_list(value))
        if not items:
            raise Unusable(f"no conversation: column {column!r} holds {kind(value)}, not a list of turns")
        if named and speakers.are_named(items):
            return [turn for item in items if (turn := speakers.named(item)) is not None]
        roles = ["user" if prompts_only or number % 2 == 0 else "assistant" for number in range(len(items))]
        return [Message(role, as_text(item, column) or "") for role, item in zip(roles, items, strict=True)]

    convert = conversations.converter(binding, reader)
    if not prompts_only:
        return convert

    def prompts(record: Record) -> list[Sample]:
        (sample,) = convert(record)
        asked = 1 if sample.turns is None else sum(role == "user" for role, _ in sample.turns)
        return [sample._replace(n_turns=asked)]

    return prompts


def _of_named(columns: Columns, column: str) -> Binding | None:
    """Texts that begin with the name of who speaks."""
    turns = [
        [speakers.named(text) for text in _flat(turn_list(value)) or []]
        for value in columns.values[column]
        if _are_named(value)
    ]
    names = speakers.openers([[turn for turn in each if turn is not None] for each in turns])
    options = {"prompts_only": False, "named": True, **({"speakers": names} if names else {})}
    return conversations.bind(NAME, columns, column, **options)


def _are_named(value: object) -> bool:
    return _texts(value) and speakers.are_named(_flat(turn_list(value)) or [])


def _flat(items: list[Any] | None) -> list[Any] | None:
    """Pairs of a question and its answer as one list."""
    pairs = bool(items) and all(isinstance(item, list) and len(item) == 2 for item in items or [])
    return [text for pair in items or [] for text in pair] if pairs else items


def _texts(value: object) -> bool:
    items = _flat(turn_list(value))
    return bool(items) and all(isinstance(item, str) for item in items or [])
