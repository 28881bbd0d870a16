"""Prompt and completion (or response, canonical solution, code …), or prompt and the ground truth to check against."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "prompt_completion"
RANK = 50
TAKES = single.TAKES
COLUMNAR = True


def bind(records: list[Record]) -> Binding | None:
    """Records with a prompt and an answer."""
    return single.bind(NAME, Columns(records), prompts=("prompt", "prompts"))


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
