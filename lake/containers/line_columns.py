"""JSON lines read straight into Arrow columns, where every line is an object of the expected simple columns.

Several times faster than objects of Python. Anything unexpected in a block (a blank or broken line, another column, a
number where text was) makes it unreadable this way, and `lake.containers.lines` reads it record by record.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.json as pj

from lake.containers import lines
from lake.containers.base import Block

_PARSED_BYTES = 8 << 20
"""Bytes of text in one batch of rows; a longer line is not read this way."""

_NEWLINE, _RETURN, _OPEN, _CLOSE = b"\n\r{}"


@dataclass(frozen=True)
class Columns:
    """The rows of a block as batches, in order; a row is a line."""

    batches: list[pa.RecordBatch]
    _data: memoryview
    _edges: npt.NDArray[np.int64]

    def record(self, row: int) -> Any:
        """One line as `lines.read` reads it."""
        return lines.parse(bytes(self._data[self._edges[row] : self._edges[row + 1]]).rstrip(b"\r\n"))


def read(block: Block, schema: pa.Schema) -> Columns | None:
    """A block of lines as columns of this schema (text, whole numbers, truth values); None where it does not fit."""
    data = block.data if block.data is not None else _bytes(block)
    edges = _edges(np.frombuffer(data, np.uint8))
    if edges is None or len(edges) != block.count + 1:
        return None
    parse = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    options = pj.ReadOptions(use_threads=False, block_size=_PARSED_BYTES)
    try:
        table = pj.read_json(io.BytesIO(data), options, parse)
        table.validate(full=True)
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.count:
        return None
    return Columns(table.select(schema.names).to_batches(), memoryview(data), edges)


def _bytes(block: Block) -> bytes:
    with block.path.open("rb") as handle:
        handle.seek(block.where["offset"])
        return handle.read(block.where["length"])


def _edges(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64] | None:
    """Where each line starts, and the end; None unless every line opens with a brace and closes with one.

    Then an object cannot span lines: a line feed between `}` and `{` is valid JSON nowhere.
    """
    if not len(data):
        return None
    ends = np.flatnonzero(data == _NEWLINE)
    if data[-1] != _NEWLINE:
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])
    last = ends - 1
    last = np.where(data[np.maximum(last, 0)] == _RETURN, last - 1, last)
    if (starts >= ends).any() or (data[starts] != _OPEN).any() or (data[np.maximum(last, 0)] != _CLOSE).any():
        return None
    return np.append(starts, len(data)).astype(np.int64)
