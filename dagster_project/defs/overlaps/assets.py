"""Overlap of all datasets: shares of one in another as a heat map, and the relations that follow."""

from collections.abc import Iterator
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project import metadata, plots
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.values import ANY_COUNT
from pipelines.overlap import Overlapping, OverlapReport, overlap

_RELATIONS = (
    "select child, parent, relation, confidence, direction, via from measured_relations "
    "order by via is not null, confidence desc, child, parent"
)
_SHARES = "select dataset, other, containment from dataset_overlaps where measure = 'letters' and containment >= 0.01"
_MOST = 60


class OverlapConfig(dg.Config):
    """How many keys are looked at (0: all); see `oda overlap --help`."""

    sketch: Annotated[int, ANY_COUNT] = Field(0, description="keys looked at; 0 for all")


@single(
    "dataset_overlaps",
    deps=["samples"],
    description="One row per ordered pair of datasets and measure: how much of the first is found in the second.",
    group="relations",
    kinds={"duckdb", "numba"},
)
def dataset_overlaps(context: dg.AssetExecutionContext, config: OverlapConfig, lake: LakeResource) -> Iterator[Any]:
    """Measure how much of every dataset is in every other."""

    def make(opened: Lake) -> metadata.Metadata:
        return _told(opened, overlap(opened, Overlapping(config.sketch), progress=LogProgress(context.log)))

    yield from run_step(context, lake, once("dataset_overlaps", make))


def _told(lake: Lake, report: OverlapReport) -> metadata.Metadata:
    facts = {
        "dagster/row_count": 2 * sum(report.pairs.values()),
        "datasets": report.datasets,
        "samples": report.samples,
        "keyed": report.keyed,
        "fraction": report.fraction,
        "current": report.current,
        "seconds": sum(report.seconds.values()),
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts) | {"pairs": metadata.counts_table("measure", report.pairs)}
    told["relations"] = metadata.preview(lake.query(_RELATIONS), rows=100)
    return told | plots.drawn(lake, shares=lambda: _heat_map(lake))


def _heat_map(lake: Lake) -> plots.Plot | None:
    """Share of the prompts of the row's dataset that the column's has; of many datasets those that share most."""
    shares = {(str(a), str(b)): float(share) for a, b, share in lake.rows(_SHARES)}
    weight: dict[str, float] = {}
    for (a, b), share in shares.items():
        for name in (a, b):
            weight[name] = weight.get(name, 0.0) + share
    kept = set(sorted(weight, key=lambda name: (-weight[name], name))[:_MOST])
    chosen = {pair: share for pair, share in shares.items() if set(pair) <= kept}
    return plots.matrix_plot(chosen, "share of the row's prompts found in the column", signed=False, mirrored=False)
