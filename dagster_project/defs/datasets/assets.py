"""Datasets: all of them at a glance, whichever partition ran last."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project import metadata, plots
from dagster_project.automation import FOLLOWS_ANY
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.relations import run

_MOST = 500
_WITHOUT = [
    dg.AssetDep(name, partition_mapping=dg.AllPartitionMapping()) for name in ("dataset_profile", "contamination")
]


@single(
    "datasets",
    description="The table of all datasets: rows, coverage, what they lose to others, benchmark items they hold.",
    group="profiles",
    kinds={"duckdb"},
    deps=[*_WITHOUT, "near_duplicates"],
    follows=FOLLOWS_ANY,
)
def datasets(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at every dataset."""
    yield from run_step(context, lake, once("datasets", _told))


def _told(lake: Lake) -> metadata.Metadata:
    began = time.monotonic()
    table = run(lake.connection, "all_datasets").to_arrow_table()
    rows = table.to_pylist()
    facts = {
        "dagster/row_count": table.num_rows,
        "samples": sum(row["rows"] for row in rows),
        "rejected": sum(row["rejected"] for row in rows),
        "contaminated": sum(row["contaminated"] or 0 for row in rows),
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts) | {"table": metadata.preview(table, rows=_MOST)}
    sizes = {str(row["dataset"]): (int(row["rows"]), row["coverage"]) for row in rows}
    return told | plots.drawn(lake, picture=lambda: plots.sizes_plot(sizes))
