"""Scored: the wide table that filters read, in line with the scores."""

import time

import dagster as dg

from dagster_project import metadata
from dagster_project.axes import axis_keys
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from lake.catalog import Lake
from pipelines.scoring.wide import refresh_scored

_FIRST_ROWS = "select * exclude (dataset) from scored_axes where dataset = ? order by sample_id limit 8"
_FILLED = "select count(value), count(distinct axis) from scores where dataset = ?"


@dg.definitions
def defs() -> dg.Definitions:
    """The asset `scored`, downstream of every axis."""

    @dg.asset(deps=axis_keys(), partitions_def=DATASETS, group_name="profiles", kinds={"duckdb", "parquet"})
    def scored(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[None]:
        """One row per sample with a column per axis.

        A dataset's part is rewritten only where it differs from `scores`.
        """
        began, dataset = time.monotonic(), context.partition_key
        with lake.open() as opened:
            rewritten = bool(refresh_scored(opened, [dataset]))
            told = _told(opened, dataset, rewritten=rewritten, seconds=time.monotonic() - began)
            return dg.MaterializeResult(metadata=told)

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
