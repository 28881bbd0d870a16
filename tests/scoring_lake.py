"""Fills lakes with question-answer pairs, fast, and reads scores back; for tests of scoring."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.identity import content_id, instruction_id, sample_id

Pair = tuple[str | None, str | None]


def fill(lake: Lake, dataset: str, pairs: Sequence[Pair], *, number: int = 1) -> list[int]:
    """Store a dataset of (instruction, response) pairs; returns the sample ids."""
    ids = [sample_id(number, row) for row in range(len(pairs))]
    contents = [
        content_id([(role, text) for role, text in zip(("user", "assistant"), pair, strict=True) if text is not None])
        for pair in pairs
    ]
    table = pa.table(
        {
            "sample_id": ids,
            "dataset": [dataset] * len(ids),
            "row_no": list(range(len(ids))),
            "content_id": pa.array(contents, pa.uuid()),
            "instruction_id": pa.array([instruction_id(question or "") for question, _ in pairs], pa.uuid()),
            "instruction": pa.array([question for question, _ in pairs], pa.string()),
            "response": pa.array([answer for _, answer in pairs], pa.string()),
        }
    )

    def work(connection: Connection) -> None:
        connection.register("filling", table)
        connection.execute("insert into samples by name from filling")
        connection.unregister("filling")
        connection.execute(
            "insert into datasets (dataset, dataset_no, kind, rows) values (?, ?, 'train', ?)",
            [dataset, number, len(ids)],
        )

    lake.transact(work, message=f"fill {dataset}")
    return ids


def scores(lake: Lake, *axes: str) -> list[tuple[object, ...]]:
    """Every score (of these axes) as (sample_id, axis, version, value, status, detail), sorted."""
    return lake.rows(
        "select sample_id, axis, scorer_version, value, status, detail from scores "
        "where len($axes) = 0 or axis in (select unnest($axes)) order by all",
        {"axes": list(axes)},
    )
