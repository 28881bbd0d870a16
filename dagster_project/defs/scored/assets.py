"""Scored: the wide table that filters read, in line with the scores."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.automation import FOLLOWS_ANY
from dagster_project.axes import axis_keys
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from dagster_project.steps import Told, Work, asset_step, run_step
from lake.catalog import Lake
from pipelines.scoring.wide import refresh_scored
from pipelines.telling.scored import of_scored


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

        def work(opened: Lake, datasets: list[str]) -> Iterator[Told]:
            began = time.monotonic()
            rewritten = refresh_scored(opened, datasets)
            context.log.info(f"{len(rewritten):,} of {len(datasets):,} rewritten in {time.monotonic() - began:.1f} s")
            for dataset in datasets:
                yield Told(dg.AssetKey("scored"), dataset, of_scored(opened, dataset, rewritten=dataset in rewritten))

        yield from run_step(context, lake, Work(work, any_parent=True))

    return dg.Definitions(assets=[scored])
