"""Input and output (or target): task collections such as BIG-bench, FLAN and SuperGLUE-like mixtures."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "input_output"
RANK = 60
TAKES = single.TAKES
COLUMNAR = True


def bind(records: list[Record]) -> Binding | None:
    """Records whose only prompt is called input (or user, human, source) and that have an answer."""
    prompts = ("input", "inputs", "user", "human", "source_text")
    return single.bind(NAME, Columns(records), prompts=prompts, inputs=())


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
