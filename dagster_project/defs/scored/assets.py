"""Scored: the wide table that filters read, in line with the scores."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.automation import FOLLOWS_ANY
from dagster_project.axes import axis_keys
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from dagster_project.steps import asset_step, each, run_step
from lake.catalog import Lake
from pipelines.scoring.wide import refresh_scored
from pipelines.telling.scored import of_scored
from pipelines.telling.shown import Facts


@dg.definitions
def defs() -> dg.Definitions:
    """The asset `scored`, downstream of every axis."""
    spec = dg.AssetSpec(
        "scored",
        deps=axis_keys(),
        description="One row per sample with a column per axis, of those that could be measured.\n\n"
        "A dataset's part is rewritten only where it differs from `scores`.",
        group_name="profiles",
        kinds={"duckdb", "parquet"},
        automation_condition=FOLLOWS_ANY,
    )

    @asset_step("scored", [spec], partitions=DATASETS)
    def scored(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        """Bring the wide table in line with the scores."""

        def one(opened: Lake, dataset: str) -> Facts:
            began = time.monotonic()
            rewritten = bool(refresh_scored(opened, [dataset]))
            return of_scored(opened, dataset, rewritten=rewritten, seconds=time.monotonic() - began)

        yield from run_step(context, lake, each("scored", one, any_parent=True))

    return dg.Definitions(assets=[scored])
