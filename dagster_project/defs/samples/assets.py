"""Samples: the source of a dataset, read into the lake."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pyarrow as pa

from dagster_project import metadata
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.sources import SourceConfig, ingest_arguments
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.sources.links import unfollowed_links
from pipelines.ingest import IngestReport, ingest

_FIRST_ROWS = (
    "select row_no, instruction, response, reference_answer, n_turns from samples where dataset = ? "
    "order by sample_id limit 8"
)


@single(
    "samples",
    description="A dataset in canonical form, one row a sample; an unchanged source is left as it is.\n\n"
    "A source row that cannot become a sample is in `rejects`, with its place and the reason.",
    group="ingest",
    kinds={"duckdb", "parquet"},
    partitions=DATASETS,
)
def samples(context: dg.AssetExecutionContext, config: SourceConfig, lake: LakeResource) -> Iterator[Any]:
    """Ingest each dataset again from its source."""
    config.check(context.partition_keys if context.has_partition_key_range else [])

    def one(opened: Lake, dataset: str) -> metadata.Metadata:
        report = ingest(opened, **ingest_arguments(opened, dataset, config), progress=LogProgress(context.log))
        if left := unfollowed_links(report.unfollowed):
            context.log.warning(f"Left unread: {left[0]}. Give follow_links in the run's config, or ODA_FOLLOW_LINKS.")
        return _told(opened, report)

    yield from run_step(context, lake, each("samples", one))


def _told(lake: Lake, report: IngestReport) -> metadata.Metadata:
    rows = report.samples + report.rejected
    facts = {
        "dagster/row_count": report.samples,
        "rejected": report.rejected,
        "coverage": report.samples / rows if rows else None,
        "bytes": report.source_bytes,
        "seconds": report.seconds,
        "rows_per_second": None if report.status == "unchanged" else metadata.rate(rows, report.seconds),
        "carried_scores": report.carried_scores,
        "links_not_followed": len(report.unfollowed),
        "status": report.status,
        "kind": report.kind,
        "format": report.format,
        "snapshot": report.snapshot,
    }
    told = metadata.numbers(facts) | {"preview": metadata.preview(lake.query(_FIRST_ROWS, [report.dataset]))}
    if report.coverage:
        told["fields"] = metadata.counts_table("field", report.coverage)
    for name, said in (("remarks", report.remarks), ("left_out", report.left_out)):
        if said:
            told[name] = metadata.preview(pa.table({name: list(said)}), rows=len(said))
    if report.reasons:
        told["reasons"] = metadata.counts_table("reason", report.reasons)
    return told
