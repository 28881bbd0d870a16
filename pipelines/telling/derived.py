"""What is told of rows that a model derived of a dataset, such as its embeddings."""

from __future__ import annotations

from lake.catalog import Lake
from pipelines.deriving.reports import DeriveReport, KindReport
from pipelines.telling.shown import Facts, table

_FIRST_VECTORS = (
    "select samples.row_no, len(e.vector) as dimensions, e.vector[:4] as vector, samples.instruction "
    "from embeddings as e join samples using (sample_id) "
    "where e.dataset = ? and e.model = ? and samples.dataset = e.dataset order by sample_id limit 8"
)


def of_derived(lake: Lake, report: DeriveReport, done: KindReport) -> Facts:
    """What a run of a producer did for one kind of row of one dataset."""
    return {
        "dagster/row_count": done.samples,
        "kind": done.kind,
        "version": done.version,
        "derived": done.derived,
        "empty": done.empty,
        "reused": done.reused,
        "skipped": done.skipped,
        "seconds": report.seconds,
        "rows_per_second": report.rows_per_second,
        "snapshot": lake.snapshot,
    }


def of_embeddings(lake: Lake, report: DeriveReport, done: KindReport) -> Facts:
    """Also the first vectors."""
    first = lake.query(_FIRST_VECTORS, [done.dataset, done.kind])
    return of_derived(lake, report, done) | {"preview": table(first)}
