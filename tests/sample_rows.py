"""Puts samples and scores straight into a lake, for tests of what comes after ingest and scoring."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lake import rows
from lake.catalog import Connection, Lake
from lake.formats.base import Sample
from lake.identity import content_id, instruction_id, sample_id
from lake.relations import quote
from lake.tables import SAMPLES, SCORED_AXES, SCORES, Column


def put(
    lake: Lake,
    dataset: str,
    samples: Sequence[Sample],
    *,
    scores: Mapping[str, Sequence[float | None]] | None = None,
    kind: str = "train",
    licence: str | None = None,
) -> list[int]:
    """Store a dataset with its samples, and a value per sample and axis; returns the sample ids."""
    number = 1 + lake.rows("select count(*) from datasets")[0][0]
    ids = [sample_id(number, row_no) for row_no in range(len(samples))]

    def work(connection: Connection) -> None:
        connection.execute(
            "insert into datasets (dataset, dataset_no, kind, license, rows) values (?, ?, ?, ?, ?)",
            [dataset, number, kind, licence, len(samples)],
        )
        rows.put(connection, SAMPLES, [_row(dataset, number, i, sample) for i, sample in enumerate(samples)])
        for axis, values in (scores or {}).items():
            columns = connection.execute("describe scored_axes").fetchall()
            if axis not in {row[0] for row in columns}:
                connection.execute(f"alter table scored_axes add column {quote(axis)} float")
            found = [
                {
                    "sample_id": i,
                    "dataset": dataset,
                    "axis": axis,
                    "scorer_version": "1",
                    "value": v,
                    "status": "failed" if v is None else "ok",
                    "detail": "no value" if v is None else None,
                }
                for i, v in zip(ids, values, strict=True)
            ]
            rows.put(connection, SCORES, found)
        if scores:
            wide = [
                {"sample_id": i, "dataset": dataset, **{axis: values[row] for axis, values in scores.items()}}
                for row, i in enumerate(ids)
            ]
            axes = tuple(Column(axis, "DOUBLE", "an axis") for axis in scores)
            rows.put(connection, replace(SCORED_AXES, columns=(*SCORED_AXES.columns, *axes)), wide)

    lake.transact(work, message=f"put {dataset}")
    return ids


def _row(dataset: str, number: int, row_no: int, sample: Sample) -> dict[str, Any]:
    return {
        "sample_id": sample_id(number, row_no),
        "dataset": dataset,
        "row_no": row_no,
        "content_id": str(uuid.UUID(bytes=content_id(sample.conversation()))),
        "instruction_id": str(uuid.UUID(bytes=instruction_id(sample.instruction))),
        "system": sample.system,
        "instruction": sample.instruction,
        "response": sample.response,
        "messages": None if sample.messages is None else json.dumps(sample.messages),
        "reference_answer": sample.reference_answer,
        "rejected_response": sample.rejected_response,
        "meta": None if sample.meta is None else json.dumps(sample.meta),
        "split": sample.split,
        "n_turns": sample.n_turns,
    }
