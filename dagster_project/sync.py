"""What the command line and SQL put into the lake, for Dagster to know: partitions, and assets that are there."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from dagster_project import metadata
from dagster_project.axes import axis_keys
from lake.catalog import Lake

_PRESENT = {
    "samples": "select dataset, rows from datasets",
    "scored": "select dataset, count(*) from scored_axes group by dataset",
    "slices": "select slice, rows from slices",
    "exports": "select subject, max(rows) from exports where subject in (select slice from slices) group by subject",
}
"""Asset to the partitions the lake holds of it, with their rows."""

_SCORES = "select axis, dataset, count(*) from scores group by all"

_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


@dataclass(frozen=True)
class LakeContents:
    """What the lake holds.

    - datasets, slices: names, for partitions.
    - present: asset -> partition -> rows.
    """

    snapshot: int
    datasets: list[str]
    slices: list[str]
    present: dict[dg.AssetKey, dict[str, int]]


def find(lake: Lake) -> LakeContents:
    """Read what is there; counts only, from the smallest columns."""
    present: dict[dg.AssetKey, dict[str, int]] = {
        dg.AssetKey(asset): {str(name): int(rows or 0) for name, rows in lake.rows(sql)}
        for asset, sql in _PRESENT.items()
    }
    known = set(axis_keys())
    for axis, dataset, rows in lake.rows(_SCORES):
        key = dg.AssetKey(["scores", axis])
        if key in known:
            present.setdefault(key, {})[str(dataset)] = int(rows)
    datasets, slices = sorted(present[dg.AssetKey("samples")]), sorted(present[dg.AssetKey("slices")])
    return LakeContents(lake.snapshot, datasets, slices, present)


def partitions_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Partitions with a run that has not ended: what they leave will be reported by themselves."""
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=list(_UNDER_WAY)))
    return {run.tags["dagster/partition"] for run in runs if "dagster/partition" in run.tags}


def unknown_to(
    instance: dg.DagsterInstance, found: LakeContents, *, leaving_out: set[str]
) -> list[dg.AssetMaterialization]:
    """An event for every asset and partition that is in the lake though no run of Dagster made it."""
    return [
        dg.AssetMaterialization(
            asset_key=key,
            partition=partition,
            description="made outside Dagster: by the oda command or by SQL",
            metadata=metadata.numbers({"dagster/row_count": rows, "snapshot": found.snapshot}),
        )
        for key, partitions in found.present.items()
        for partition, rows in partitions.items()
        if partition not in leaving_out and partition not in instance.get_materialized_partitions(key)
    ]
