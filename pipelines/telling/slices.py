"""What is told of a slice: its query, datasets and first members."""

from __future__ import annotations

import json

from lake.catalog import Lake
from pipelines.curate import Slice, SliceReport
from pipelines.telling.shown import Facts, Markdown, counts, rate, table

_FIRST_ROWS = (
    "select m.sample_id, m.weight, m.reason, samples.dataset, samples.instruction, samples.response "
    "from slice_samples as m join samples using (sample_id) where m.slice = ? order by m.sample_id limit 8"
)


def of_slice(lake: Lake, report: SliceReport, made: Slice, seconds: float) -> Facts:
    """Facts of a slice as it was made."""
    samples = int(lake.rows("select coalesce(sum(rows), 0) from datasets where kind = 'train'")[0][0])
    return {
        "dagster/row_count": report.rows,
        "coverage": report.rows / samples if samples else None,
        "seconds": seconds,
        "rows_per_second": rate(report.rows, seconds),
        "hash": report.hash,
        "parameters": json.dumps(report.parameters),
        "recipe": made.recipe,
        "benchmark_items": made.benchmarks,
        "snapshot": report.snapshot,
        "warnings": "\n".join(report.warnings),
        "left_out": sum(report.left_out.values()),
        "query": Markdown(f"```sql\n{made.sql}\n```"),
        "datasets": counts("dataset", report.datasets),
        "preview": table(lake.query(_FIRST_ROWS, [report.slice])),
    }
