"""Samples: the source of a dataset, read into the lake."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.sources import SourceConfig, ingest_arguments
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.sources.links import unfollowed_links
from pipelines.ingest import ingest
from pipelines.telling.samples import of_samples
from pipelines.telling.shown import Facts


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

    def one(opened: Lake, dataset: str) -> Facts:
        report = ingest(opened, **ingest_arguments(opened, dataset, config), progress=LogProgress(context.log))
        if left := unfollowed_links(report.unfollowed):
            context.log.warning(f"Left unread: {left[0]}. Give follow_links in the run's config, or ODA_FOLLOW_LINKS.")
        return of_samples(opened, report)

    yield from run_step(context, lake, each("samples", one))
