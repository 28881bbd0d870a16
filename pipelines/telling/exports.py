"""What is told of the exports of a slice: files, what was left out, and where they are."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pipelines.export import ExportReport
from pipelines.telling.shown import Facts, Place, counts, rate, table

_SHOWN = ("format", "path", "rows", "bytes")


def of_exports(reports: Sequence[ExportReport]) -> Facts:
    """Facts of the last export, and of all of them where there are several."""
    report = reports[-1]
    skipped = sum(report.skipped.values())
    rows = report.rows + skipped
    told: Facts = {
        "dagster/row_count": report.rows,
        "skipped": skipped,
        "coverage": report.rows / rows if rows else None,
        "bytes": report.bytes,
        "seconds": report.seconds,
        "rows_per_second": rate(report.rows, report.seconds),
        "format": report.format,
        "snapshot": report.snapshot,
        "manifest_hash": report.manifest_hash,
        "path": Place(str(report.path)),
        "files": counts("file", report.files),
    }
    if len(reports) > 1:
        written = pa.Table.from_pylist([{name: getattr(each, name) for name in _SHOWN} for each in reports])
        told["exports"] = table(written, rows=len(reports))
    for name, of, found in (
        ("skipped_reasons", "reason", report.skipped),
        ("not_carried", "field", report.not_carried),
    ):
        if found:
            told[name] = counts(of, found)
    return told
