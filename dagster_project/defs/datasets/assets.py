"""Datasets: all of them at a glance, whichever partition ran last."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.automation import FOLLOWS_ANY
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from pipelines.telling.datasets import of_datasets


@single(
    "datasets",
    description="The table of all datasets: rows, coverage, what they lose to others, benchmark items they hold.",
    group="profiles",
    kinds={"duckdb"},
    deps=["all_samples", "all_scored", "all_contamination", "near_duplicates"],
    follows=FOLLOWS_ANY,
)
def datasets(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at every dataset."""
    yield from run_step(context, lake, once("datasets", of_datasets))
