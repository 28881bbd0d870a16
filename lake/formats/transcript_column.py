"""A whole conversation as one text in a column of its own, as the `chat` of Glaive's calls of functions."""

from __future__ import annotations

from lake.formats import conversations, transcripts
from lake.formats.base import Binding, Converter, Record, Unusable
from lake.formats.chat import Message
from lake.formats.columns import Columns
from lake.formats.values import as_text, kind

NAME = "transcript_column"
RANK = 28
TAKES = conversations.TAKES

_NAMES = (*conversations.NAMES, "transcript", "history", "log", "session")


def bind(records: list[Record]) -> Binding | None:
    """Records with a column of texts that are transcripts with several speakers."""
    columns = Columns(records)
    for column in columns.named(*_NAMES):
        if columns.share(column, lambda value: isinstance(value, str) and transcripts.marked(value)) > 0.5:
            return conversations.bind(NAME, columns, column)
    return None


def converter(binding: Binding) -> Converter:
    """One sample per transcript."""
    return conversations.converter(binding, _read)


def _read(value: object, column: str) -> list[Message]:
    text = as_text(value, column)
    turns = transcripts.marked(text) if text else None
    if turns is None:
        raise Unusable(f"no conversation: column {column!r} holds {kind(value)} without the marks of speakers in turn")
    return turns
