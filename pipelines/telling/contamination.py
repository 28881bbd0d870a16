"""What is told of contamination: items of benchmarks that a dataset holds, with examples."""

from __future__ import annotations

import pyarrow as pa

from lake.catalog import Lake
from pipelines.contamination import ContaminationReport
from pipelines.telling.shown import Facts, table

_FIRST_ROWS = (
    "select benchmark, item_id, sample_id, method, coverage, longest_run, answer, matched from contamination "
    "where dataset = ? and verdict = 'contaminated' order by weight desc, longest_run desc, item_id, sample_id limit 8"
)


def of_contamination(lake: Lake, dataset: str, report: ContaminationReport | None) -> Facts:
    """Facts of a dataset; without a report of one that is not trained on, which is not looked through."""
    leaks = [vars(leak) for leak in report.leaks] if report else []
    told: Facts = {
        "dagster/row_count": sum(leak["rows_hit"] for leak in leaks),
        "benchmarks_held": len(leaks),
        "items_hit": sum(leak["items_hit"] for leak in leaks),
        "worst": max((leak["item_rate"] for leak in leaks), default=0.0),
        "scanned": report.scanned if report else 0,
        "compared": report.compared if report else 0,
        "seconds": report.seconds if report else 0.0,
        "snapshot": lake.snapshot,
        "without_embeddings": ", ".join(report.unembedded) if report else None,
    }
    if leaks:
        told["benchmarks"] = table(pa.Table.from_pylist(leaks), rows=100)
        told["examples"] = table(lake.query(_FIRST_ROWS, [dataset]))
    return told
