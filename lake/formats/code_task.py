"""A described task and its code, as in MBPP: `text` and `code`."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "code_task"
RANK = 65
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records with a description and code."""
    return single.bind(
        NAME,
        Columns(records),
        prompts=("text", "description", "docstring", "task"),
        responses=("code", "canonical_solution", "solution"),
        inputs=(),
    )


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
