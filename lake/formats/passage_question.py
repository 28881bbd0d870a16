"""A passage and a question about it, as in SVAMP: the question follows the passage after a newline."""

from __future__ import annotations

from dataclasses import replace

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "passage_question"
RANK = 35
TAKES = single.TAKES

PASSAGES = ("passage", "body", "context", "paragraph", "article", "story")
"""Names of what a question is about."""


def bind(records: list[Record]) -> Binding | None:
    """Records with a passage, a question and an answer."""
    columns = Columns(records)
    passage = columns.text(*PASSAGES)
    if passage is None or not columns.values[passage]:
        return None
    binding = single.bind(NAME, columns, prompts=("question",), inputs=PASSAGES)
    return binding and replace(binding, options={**binding.options, "input_first": True})


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
