"""Prompts without an answer: benchmarks checked by programs or judges."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "prompt_only"
RANK = 80
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records with a prompt, instruction or question and nothing that answers it."""
    prompts = ("prompt", "instruction", "problem", "question", "query")
    return single.bind(NAME, Columns(records), prompts=prompts, answered=False)


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
