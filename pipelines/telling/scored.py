"""What is told of a dataset's part of the wide table: rows, axes, coverage, and the first rows of all axes."""

from __future__ import annotations

from lake.catalog import Lake
from lake.transactions import reading
from pipelines.telling.shown import Facts, table

_FIRST_ROWS = (
    "select sample_id, left(samples.instruction, 40) as instruction, scored_axes.* exclude (dataset, sample_id) "
    "from scored_axes join samples using (dataset, sample_id) where dataset = ? order by sample_id limit 5"
)
_FILLED = "select count(value), count(distinct axis) from scores where dataset = ?"


def of_scored(lake: Lake, dataset: str, *, rewritten: bool) -> Facts:
    """Facts of the part, which was rewritten where it differed from the scores."""
    with reading(lake.connection):
        rows = int(lake.rows("select count(*) from scored_axes where dataset = ?", [dataset])[0][0])
        values, axes = lake.rows(_FILLED, [dataset])[0]
        return {
            "dagster/row_count": rows,
            "axes": axes,
            "coverage": values / (rows * axes) if rows and axes else None,
            "rewritten": rewritten,
            "snapshot": lake.snapshot,
            "preview": table(lake.query(_FIRST_ROWS, [dataset])),
        }
