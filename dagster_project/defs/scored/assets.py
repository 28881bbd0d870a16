"""Scored: the wide table that filters read, in line with the scores."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project import metadata
from dagster_project.automation import FOLLOWS_ANY
from dagster_project.axes import axis_keys
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from dagster_project.steps import asset_step, each, run_step
from lake.catalog import Lake
from pipelines.scoring.wide import refresh_scored

_FIRST_ROWS = (
    "select sample_id, left(samples.instruction, 40) as instruction, scored_axes.* exclude (dataset, sample_id) "
    "from scored_axes join samples using (dataset, sample_id) where dataset = ? order by sample_id limit 8"
)
_FILLED = "select count(value), count(distinct axis) from scores where dataset = ?"


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

        def one(opened: Lake, dataset: str) -> metadata.Metadata:
            began = time.monotonic()
            rewritten = bool(refresh_scored(opened, [dataset]))
            return _told(opened, dataset, rewritten=rewritten, seconds=time.monotonic() - began)

        yield from run_step(context, lake, each("scored", one, any_parent=True))

    return dg.Definitions(assets=[scored])


def _told(lake: Lake, dataset: str, *, rewritten: bool, seconds: float) -> metadata.Metadata:
    rows = int(lake.rows("select count(*) from scored_axes where dataset = ?", [dataset])[0][0])
    values, axes = lake.rows(_FILLED, [dataset])[0]
    facts = {
        "dagster/row_count": rows,
        "axes": axes,
        "coverage": values / (rows * axes) if rows and axes else None,
        "rewritten": rewritten,
        "seconds": seconds,
        "rows_per_second": metadata.rate(rows, seconds) if rewritten else None,
        "snapshot": lake.snapshot,
    }
    return metadata.numbers(facts) | {"preview": metadata.preview(lake.query(_FIRST_ROWS, [dataset]))}
