"""Formats without a lake: literal samples as the batches an export gives them, and what they wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.exports.base import SAMPLE_COLUMNS, Info, Written
from lake.exports.catalogue import format_named
from lake.formats.base import Sample


def rows(samples: list[Sample]) -> list[dict[str, Any]]:
    return [
        {
            "sample_id": 2**32 + number,
            "dataset": "d",
            "row_no": number,
            "content_id": "c",
            "instruction_id": "i",
            "split": None,
            "n_turns": 1,
            "weight": float(number),
            "reason": sample.system,
            **{name: getattr(sample, name) for name in ("system", "instruction", "response", "reference_answer", "rejected_response")},
            "messages": sample.messages and json.dumps(sample.messages, ensure_ascii=number % 2 == 0),
            "meta": sample.meta and json.dumps(sample.meta, ensure_ascii=number % 2 == 0),
        }
        for number, sample in enumerate(samples)
    ]  # fmt: skip


TYPES = {"sample_id": pa.int64(), "row_no": pa.int64(), "n_turns": pa.int32(), "weight": pa.float64()}
SCHEMA = pa.schema([(name, TYPES.get(name, pa.string())) for name in (*SAMPLE_COLUMNS, "weight", "reason")])


def info(table: pa.Table) -> Info:
    counts = {name: len(table) - table[name].null_count for name in ("system", "messages", "rejected_response", "meta")}
    source = {"dataset": "d", "license": None, "rows": len(table)}
    return Info("d", "slice", 1, len(table), (source,), counts=counts, weighted=True,
                query={"sql": "select", "parameters": {}, "hash": ""})  # fmt: skip


def write(to: str, folder: Path, *samples: Sample) -> Written:
    """What a format says it wrote of some samples; their lines are in the folder."""
    table = pa.Table.from_pylist([row | {"weight": 1.0} for row in rows(list(samples))], SCHEMA)
    about = info(table)
    counts = {**about.counts, "tools": about.counts["meta"]}
    folder.mkdir()
    return format_named(to).write(table.to_reader(), folder, replace(about, weighted=False, counts=counts))


def lines(file: Path) -> list[Any]:
    """The lines of a file as values."""
    return [json.loads(line) for line in file.read_bytes().splitlines()]
