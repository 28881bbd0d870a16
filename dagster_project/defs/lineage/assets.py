"""Lineage of all datasets: verdicts on edges, what no document mentions, licences, and the graph as a picture."""

from collections.abc import Iterator
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.values import HOPS
from pipelines.lineage import Tracing, lineage
from pipelines.telling.lineage import of_lineage
from pipelines.telling.shown import Facts


class LineageConfig(dg.Config):
    """How many edges up documents of parents are sought; see `oda lineage --help`."""

    follow: Annotated[int, HOPS] = Field(3, description=f"edges up ({HOPS.limits}) that documents are sought")


@single(
    "dataset_lineage",
    deps=["dataset_overlaps"],
    description="One row per child and parent: what documents say, what was measured, and the verdict of both.",
    group="relations",
    kinds={"duckdb"},
)
def dataset_lineage(context: dg.AssetExecutionContext, config: LineageConfig, lake: LakeResource) -> Iterator[Any]:
    """Judge what documents say by what was measured."""

    def make(opened: Lake) -> Facts:
        return of_lineage(opened, lineage(opened, Tracing(config.follow), progress=LogProgress(context.log)))

    yield from run_step(context, lake, once("dataset_lineage", make))
