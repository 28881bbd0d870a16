"""Writing scores: staged Parquet files, and the statements of the short commit that makes them scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection
from lake.relations import relation
from lake.tables import SCORES
from pipelines.scoring.compute import Longs
from pipelines.scoring.selection import Pass
from scorers.batch import Column

ROW_GROUP = 122_880
"""Rows of a row group, as DuckDB writes them; the ids of a group are a range, so windows prune."""


class Moved(Exception):  # noqa: N818 - not an error: the window is read again
    """What was pending has changed since it was read."""


def wanted_parameters(wanted: Pass) -> dict[str, Any]:
    """The axes of a pass as query parameters."""
    return {"axes": wanted.axes, "versions": wanted.versions}


def stage(path: Path, *, version: str, ids: Longs, column: Column) -> None:
    """Write the scores of one axis, sorted by sample id, to a file that belongs to nothing yet."""
    absent = column.codes != 0
    reasons = [("ok", None), *column.absences]
    values = pa.array(np.where(absent, 0, column.values).astype(np.float32), mask=absent)
    codes = pa.array(column.codes)
    table = pa.table(
        {
            "sample_id": ids,
            "scorer_version": pa.DictionaryArray.from_arrays(np.zeros(len(ids), np.int32), [version]),
            "value": values,
            "status": pa.array([status for status, _ in reasons]).take(codes),
            "detail": pa.array([reason for _, reason in reasons], pa.string()).take(codes),
        }
    )
    schema = pa.schema([SCORES.arrow_schema.field(name) for name in table.column_names])
    pq.write_table(table.cast(schema), path, compression="zstd", row_group_size=ROW_GROUP)


def delete_superseded(connection: Connection, place: dict[str, Any], wanted: Pass, written: pa.Table) -> None:
    """Delete the scores of other versions that `written` (sample_id, mask) replaces; inside a transaction."""
    connection.register("written_window", written)
    old = connection.execute(relation("superseded_scores").sql, {**place, **wanted_parameters(wanted)}).to_arrow_table()
    connection.unregister("written_window")
    if not old.num_rows:
        return
    connection.register("superseded_window", old)
    connection.execute(
        "delete from scores using superseded_window as old "
        "where scores.dataset = $dataset and scores.sample_id between $low and $high "
        "and scores.sample_id = old.sample_id and scores.axis = old.axis "
        "and scores.scorer_version = old.scorer_version",
        place,
    )
    connection.unregister("superseded_window")
