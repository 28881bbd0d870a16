"""What somebody writes and what is said to it, under names that elsewhere are a text to work on: context, response."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "context_response"
RANK = 62
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records whose only prompt is called context, title, post, task or request, and that have an answer."""
    prompts = ("context", "title", "post", "task", "request", "utterance", "message", "ask")
    return single.bind(NAME, Columns(records), prompts=prompts, inputs=())


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
