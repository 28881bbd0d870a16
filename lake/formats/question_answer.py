"""Question and answer; with both a worked solution and a short answer the latter is the reference answer."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "question_answer"
RANK = 45
TAKES = single.TAKES
COLUMNAR = True


def bind(records: list[Record]) -> Binding | None:
    """Records with a question, problem or query and an answer."""
    return single.bind(NAME, Columns(records), prompts=("problem", "question", "query"))


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
