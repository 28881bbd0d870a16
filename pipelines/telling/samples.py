"""What is told of datasets that were read: rows, rejects, fields, remarks, first samples."""

from __future__ import annotations

import pyarrow as pa

from lake.catalog import Lake
from pipelines.ingest import IngestReport
from pipelines.telling.shown import Facts, counts, rate, table

_FIRST_ROWS = (
    "select row_no, instruction, response, reference_answer, n_turns from samples where dataset = ? "
    "order by sample_id limit 5"
)


def of_samples(lake: Lake, report: IngestReport) -> Facts:
    """Facts of a dataset, as it was read or found unchanged."""
    rows = report.samples + report.rejected
    told: Facts = {
        "dagster/row_count": report.samples,
        "rejected": report.rejected,
        "coverage": report.samples / rows if rows else None,
        "bytes": report.source_bytes,
        "seconds": report.seconds,
        "rows_per_second": None if report.status == "unchanged" else rate(rows, report.seconds),
        "carried_scores": report.carried_scores,
        "links_not_followed": len(report.unfollowed),
        "status": report.status,
        "kind": report.kind,
        "format": report.format,
        "snapshot": report.snapshot,
        "preview": table(lake.query(_FIRST_ROWS, [report.dataset])),
    }
    if report.coverage:
        told["fields"] = counts("field", report.coverage)
    for name, said in (("remarks", report.remarks), ("left_out", report.left_out)):
        if said:
            told[name] = table(pa.table({name: list(said)}), rows=len(said))
    if report.reasons:
        told["reasons"] = counts("reason", report.reasons)
    return told
