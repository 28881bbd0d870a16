"""Overlap of all datasets: shares of one in another as a heat map, and the relations that follow."""

from collections.abc import Iterator
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.values import ANY_COUNT
from pipelines.overlap import Overlapping, overlap
from pipelines.telling.overlaps import of_overlaps
from pipelines.telling.shown import Facts


class OverlapConfig(dg.Config):
    """How many keys are looked at (0: all); see `oda overlap --help`."""

    sketch: Annotated[int, ANY_COUNT] = Field(0, description="keys looked at; 0 for all")


@single(
    "dataset_overlaps",
    deps=["all_samples"],
    description="One row per ordered pair of datasets and measure: how much of the first is found in the second.",
    group="relations",
    kinds={"duckdb", "numba"},
)
def dataset_overlaps(context: dg.AssetExecutionContext, config: OverlapConfig, lake: LakeResource) -> Iterator[Any]:
    """Measure how much of every dataset is in every other."""

    def make(opened: Lake) -> Facts:
        return of_overlaps(opened, overlap(opened, Overlapping(config.sketch), progress=LogProgress(context.log)))

    yield from run_step(context, lake, once("dataset_overlaps", make))
