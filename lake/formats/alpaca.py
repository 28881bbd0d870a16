"""Alpaca: `instruction`, `input`, `output` (or `response`); the input follows the instruction after a newline."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "alpaca"
RANK = 40
TAKES = single.TAKES
COLUMNAR = True


def bind(records: list[Record]) -> Binding | None:
    """Records with an instruction and an answer."""
    return single.bind(NAME, Columns(records), prompts=("instruction", "instructions"))


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)
