"""Code with an input and the output it gives, as in CRUXEval: the code and its input are the prompt."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "code_execution"
RANK = 55
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records with code, an input and an output."""
    columns = Columns(records)
    if len(columns.texts("code", "input", "output")) < 3:
        return None
    return single.bind(NAME, columns, prompts=("code",), responses=("output",), inputs=("input",))


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
