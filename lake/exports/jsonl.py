"""JSON lines: every field of the samples, messages and meta as JSON values, scores in one object."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa

from lake.exports import card, json_lines
from lake.exports.base import OPTIONAL_FIELDS, SAMPLE_COLUMNS, Info, ReadBack, Row, Written
from lake.exports.parquet_files import shortest_decimals

NAME = "jsonl"
DESCRIPTION = "JSON lines with every field and the scores as one object"
CARRIES = frozenset(OPTIONAL_FIELDS)

_FILE = "data.jsonl"
_JSON_FIELDS = ("messages", "meta")
_KINDS = {
    **dict.fromkeys((*SAMPLE_COLUMNS, "reason"), "string"),
    **dict.fromkeys(("sample_id", "row_no", "n_turns"), "int64"),
    **dict.fromkeys((*_JSON_FIELDS, "scores"), "json"),
    "weight": "float64",
}


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl`; every line has every key, `scores` with NULL where an axis has no value."""
    axes = [axis.name for axis in info.axes]

    def convert(row: Row) -> json_lines.Record:
        line = {name: value for name, value in row.items() if name not in axes}
        line["scores"] = {name: row[name] for name in axes}
        seen = {**line, **{name: row[name] and json.loads(row[name]) for name in _JSON_FIELDS}}
        line |= {name: json_lines.fragment(row[name]) for name in _JSON_FIELDS}
        return json_lines.Record(_FILE, line, seen)

    written = json_lines.write(_decimal(reader, axes), folder, info, convert)
    card.of_lines(folder, info, written, about=DESCRIPTION, kinds=_KINDS)
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:  # noqa: ARG001
    """Parse every line."""
    return json_lines.read(folder, wanted)


def _decimal(reader: pa.RecordBatchReader, axes: Collection[str]) -> pa.RecordBatchReader:
    fields = [field.with_type(pa.float64()) if field.name in axes else field for field in reader.schema]
    schema = pa.schema(fields)
    batches = (
        pa.record_batch(
            [
                shortest_decimals(column) if name in axes else column
                for name, column in zip(schema.names, batch, strict=True)
            ],
            schema=schema,
        )
        for batch in reader
    )
    return pa.RecordBatchReader.from_batches(schema, batches)
