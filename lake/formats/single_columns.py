"""Single-turn records as Arrow columns: the conversion of `lake.formats.single` for many rows at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lake.formats import single
from lake.formats.base import Binding, Record
from lake.formats.detect import columnar

_TYPES: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
_WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())


class Texts(NamedTuple):
    """Samples as columns: n prompts, n answers, n values of meta, and the rows that need a closer look instead."""

    instruction: pa.Array
    response: pa.Array
    meta: list[dict[str, Any] | None]
    odd: npt.NDArray[np.int64]


def schema(binding: Binding, records: Iterable[Record]) -> pa.Schema | None:
    """The columns of these first records when all rows like them can be converted as columns, else None.

    That is: a plain single-turn binding, text in the bound columns; text, whole numbers and truth values beside.
    """
    if not columnar(binding):
        return None
    kinds: dict[str, set[type]] = {column: {str} for column in single.held(binding)}
    for record in records:
        for column, value in record.items():
            kinds.setdefault(column, set())
            if value is not None:
                kinds[column].add(type(value))
    if any(len(found) > 1 or not found <= _TYPES.keys() for found in kinds.values()):
        return None
    return pa.schema([(column, _TYPES[next(iter(found), str)]) for column, found in kinds.items()])


def convert(batch: pa.RecordBatch, binding: Binding) -> Texts:
    """The rows of a batch as samples; a row without an instruction is odd, and `single` says why."""
    instruction = batch.column(binding.fields["instruction"])
    if (extra := binding.fields.get("input")) is not None:
        instruction = _joined(instruction, batch.column(extra))
    blank = pc.equal(pc.binary_length(pc.utf8_trim(instruction, _WHITE_SPACE)), 0).fill_null(True)
    answer = binding.fields.get("response")
    response = pa.nulls(len(batch), pa.string()) if answer is None else batch.column(answer)
    return Texts(instruction, response, _meta(batch, binding), np.flatnonzero(np.asarray(blank)))


def _joined(instruction: pa.Array, extra: pa.Array) -> pa.Array:
    """The input after the instruction and a line feed, where there are both."""
    has_extra = pc.greater(pc.binary_length(extra), 0).fill_null(False)
    has_both = pc.and_(has_extra, pc.greater(pc.binary_length(instruction), 0).fill_null(False))
    joined = pc.if_else(has_both, pc.binary_join_element_wise(instruction, extra, "\n"), instruction)
    return pc.if_else(pc.and_not(has_extra, has_both), extra, joined)


def _meta(batch: pa.RecordBatch, binding: Binding) -> list[dict[str, Any] | None]:
    columns = single.held(binding)
    others = [sys.intern(name) for name in batch.schema.names if name not in columns]
    if not others:
        return [None] * len(batch)
    rows = zip(*(batch.column(name).to_pylist() for name in others), strict=True)
    metas = ({k: v for k, v in zip(others, row, strict=True) if v is not None} for row in rows)
    return [meta or None for meta in metas]
