"""What a materialisation tells: numbers, a preview table and plots, in the forms the Dagster UI shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from lake.catalog import Lake
from lake.redaction import redact
from pipelines.deriving.reports import DeriveReport, KindReport

PREVIEW_ROWS = 8
PREVIEW_CHARACTERS = 100

Metadata = dict[str, dg.MetadataValue[Any]]


def numbers(facts: Mapping[str, Any]) -> Metadata:
    """Numbers and texts as metadata of their own type, so that the UI draws them over time; None is left out."""
    kept: Metadata = {}
    for name, value in facts.items():
        if isinstance(value, bool):
            kept[name] = dg.MetadataValue.bool(value)
        elif isinstance(value, int):
            kept[name] = dg.MetadataValue.int(value)
        elif isinstance(value, float):
            kept[name] = dg.MetadataValue.float(round(value, 6))
        elif isinstance(value, str) and value:
            kept[name] = dg.MetadataValue.text(redact(value))
    return kept


def derived(lake: Lake, report: DeriveReport, done: KindReport) -> Metadata:
    """What a run of a producer did for one kind of row of one dataset."""
    return numbers(
        {
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
    )


def rate(rows: int, seconds: float) -> float | None:
    """Rows per second; None where nothing was done."""
    return rows / seconds if rows and seconds > 0 else None


def preview(table: pa.Table, *, rows: int = PREVIEW_ROWS) -> dg.MarkdownMetadataValue:
    """The first rows as a Markdown table, long cells cut."""
    names = [str(name) for name in table.column_names]
    lines = ["| " + " | ".join(map(_cell, names)) + " |", "| " + " | ".join("---" for _ in names) + " |"]
    lines += ["| " + " | ".join(_cell(row[name]) for name in names) + " |" for row in table.slice(0, rows).to_pylist()]
    if table.num_rows > rows:
        lines.append(f"\n… {table.num_rows - rows:,} more rows")
    return dg.MetadataValue.md("\n".join(lines))


def counts_table(name: str, counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Counts by name as a Markdown table."""
    return preview(pa.table({name: list(counts), "count": list(counts.values())}), rows=len(counts))


def _cell(value: Any) -> str:
    if value is None:
        return "∅"
    text = f"{value:,.4g}" if isinstance(value, float) else str(value)
    text = text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"
    # Texts of datasets are shown as they are, never interpreted as Markdown or HTML.
    for special in "\\`*_{}[]<>()#+!|~$":
        text = text.replace(special, "\\" + special)
    return " ".join(text.split()) or "∅"
