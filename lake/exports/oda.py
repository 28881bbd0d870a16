"""OpenDataArena's scored data: per source dataset the Parquet of its release and the JSON lines of its scoring tool.

- `<dataset>/data-*.parquet`: id, source, instruction, output, raw_scores and processed_scores, with the thirty keys of
  the release of March 2026; NULL where an axis was not run. Its normaliser is not published. Processed here: clipped
  to the 5th and 95th percentile of the samples exported, scaled to [0, 1], flipped where smaller is better (as R-Select
  does); NULL where the percentiles coincide. The file's metadata says so.
- `<dataset>/pointwise_scores.jsonl`: `id` and `scores` by scorer and field, every axis of the lake; NULL where not run.

An id is the row of the source dataset, so ids join across both files. The layout has no place for turns or a system
prompt: `instruction` is the conversation before the last answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from lake.exports import card, json_lines, parquet_files
from lake.exports.base import Info, MeasuredAxis, ReadBack, Written, chosen_witnesses
from lake.exports.oda_names import FALLING, RELEASED, pointwise
from lake.exports.parquet_files import Shards, shortest_decimals

NAME = "oda"
DESCRIPTION = "OpenDataArena's scored-data layout: raw and processed scores by its names"
CARRIES = frozenset({"messages", "scores"})

_SCORES = pa.struct([(key, pa.float64()) for key in RELEASED])
_POINTWISE = "pointwise_scores.jsonl"
_NORMALISER = "clip to p05..p95 of the exported samples, (v - p05) / (p95 - p05), 1 - that for " + ", ".join(
    sorted(FALLING)
)
_ABOUT = (
    "Layout of OpenDataArena's scored data: `raw_scores` as measured, `processed_scores` in [0, 1] "
    f"({_NORMALISER}). Scores of axes outside that release stand in `{_POINTWISE}`."
)


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write a folder per source dataset and a card with a configuration for each; nothing is skipped."""
    written = Written()
    witnesses = chosen_witnesses(info.rows)
    schema = _schema(info)
    axes = {axis.name: axis for axis in info.axes}
    position = 0
    with contextlib.ExitStack() as stack:
        dataset = ""
        for batch in reader:
            for name, part in _by_dataset(batch):
                if name != dataset:  # datasets come one after the other: only one is open
                    stack.close()
                    (folder / name).mkdir()
                    shards = stack.enter_context(Shards(folder / name, "data", schema))
                    lines = stack.enter_context((folder / name / _POINTWISE).open("wb"))
                    dataset = name
                here = {number - position for number in witnesses if position <= number < position + part.num_rows}
                converted = _converted(part, schema, axes)
                shards.write(converted)
                start = written.rows[f"{name}/data"]
                written.wrote_batch(f"{name}/data", converted, {start + number for number in here})
                for number, line in enumerate(_lines(part, info.axes)):
                    lines.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                    written.wrote(f"{name}/{_POINTWISE}", line, witness=number in here)
                position += part.num_rows
    names = [str(source["dataset"]) for source in info.sources]
    configs = [card.config(name, f"{name}/data-*.parquet") for name in names]
    if len(names) > 1:
        every = "all"
        while every in names:
            every += "_"
        configs.insert(0, card.config(every, "*/data-*.parquet", default=True))
    card.write(folder, info, configs, about=_ABOUT)
    return written.finished()


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:  # noqa: ARG001
    """Read the Parquet files with pyarrow and parse every line of the others."""
    lines = {file: numbers for file, numbers in wanted.items() if file.endswith(".jsonl")}
    tables = {file: numbers for file, numbers in wanted.items() if file not in lines}
    return parquet_files.read_each(folder, tables) | json_lines.read(folder, lines)


def _schema(info: Info) -> pa.Schema:
    fields = [
        pa.field("id", pa.int64()),
        pa.field("source", pa.string()),
        pa.field("instruction", pa.string()),
        pa.field("output", pa.string()),
        pa.field("raw_scores", _SCORES),
        pa.field("processed_scores", _SCORES),
    ]
    if info.weighted:
        fields.append(pa.field("weight", pa.float64()))
    return pa.schema(fields, metadata={"oda.processed_scores": _NORMALISER})


def _by_dataset(batch: pa.RecordBatch) -> Iterable[tuple[str, pa.RecordBatch]]:
    """The batch cut where the dataset changes; rows come by sample_id, so a dataset's rows are together."""
    runs = pc.run_end_encode(batch.column("dataset"))
    start = 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield name, batch.slice(start, end - start)
        start = end


def _converted(batch: pa.RecordBatch, schema: pa.Schema, axes: Mapping[str, MeasuredAxis]) -> pa.RecordBatch:
    raw: list[pa.Array] = []
    processed: list[pa.Array] = []
    for key, name in RELEASED.items():
        known = axes.get(name)
        values = pa.nulls(batch.num_rows, pa.float64()) if known is None else shortest_decimals(batch.column(name))
        raw.append(values)
        processed.append(_processed(values, known, falling=key in FALLING))
    columns = [batch.column("row_no"), batch.column("dataset"), batch.column("instruction"), batch.column("response")]
    columns += [pa.StructArray.from_arrays(part, fields=list(_SCORES)) for part in (raw, processed)]
    if "weight" in schema.names:
        columns.append(batch.column("weight"))
    return pa.record_batch(columns, schema=schema)


def _processed(values: pa.Array, axis: MeasuredAxis | None, *, falling: bool) -> pa.Array:
    if axis is None or axis.p05 is None or axis.p95 is None or axis.p95 <= axis.p05:
        return pa.nulls(len(values), pa.float64())
    clipped = pc.min_element_wise(pc.max_element_wise(values, axis.p05, skip_nulls=False), axis.p95, skip_nulls=False)
    scaled = pc.divide(pc.subtract(clipped, axis.p05), axis.p95 - axis.p05)
    return pc.subtract(1.0, scaled) if falling else scaled


def _lines(batch: pa.RecordBatch, axes: Iterable[MeasuredAxis]) -> Iterable[dict[str, Any]]:
    places = [(*pointwise(axis.name), shortest_decimals(batch.column(axis.name)).to_pylist()) for axis in axes]
    for number, identifier in enumerate(batch.column("row_no").to_pylist()):
        scores: dict[str, dict[str, float | None]] = {}
        for scorer, field, values in places:
            scores.setdefault(scorer, {})[field] = values[number]
        yield {"id": identifier, "scores": scores}
