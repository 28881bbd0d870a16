"""A file that defines a task and lists its instances: the definition is the instruction of each of them."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import FILE_KEY, Binding, Converter, Record
from lake.formats.columns import Columns, normalised

NAME = "task_file"
RANK = 13
TAKES = single.TAKES

_DEFINITIONS = ("definition", "instruction", "task_definition", "task_instruction")


def bind(records: list[Record]) -> Binding | None:
    """Records with an input or an answer of their own, of a file that says what the task is."""
    columns = Columns(records)
    if FILE_KEY not in columns.values or columns.named("instruction", "instructions", "prompt"):
        return None
    path = columns.nested(*_DEFINITIONS, within=(FILE_KEY,))
    if path is None:
        return None
    return single.bind(NAME, columns, prompts=(normalised(path),), inputs=("input", "inputs", "question", "text"))


def converter(binding: Binding) -> Converter:
    """One sample per instance."""
    return single.converter(binding)
