"""Profiles: distributions, coverage and correlations of the axes of a dataset; how far datasets are apart."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from dagster_project.automation import FOLLOWS
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from dagster_project.steps import each, once, run_step, single
from pipelines.telling.profiles import of_comparison, of_profile


@single(
    "dataset_profile",
    deps=["scored"],
    description="One row per axis of a dataset, with its histogram in blocks; the means are recorded, so that the UI "
    "draws them over time. With every correlation in numbers: `oda profile DATASET`.",
    group="profiles",
    kinds={"duckdb"},
    partitions=DATASETS,
    follows=FOLLOWS,
)
def dataset_profile(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Draw each dataset's axes."""
    yield from run_step(context, lake, each("dataset_profile", of_profile, changes=False))


class Compared(dg.Config):
    """Which datasets are compared, each with each."""

    datasets: list[str] = Field(default=[], description="names; none for the largest of the lake, at most 24")


@single(
    "dataset_comparison",
    deps=["all_scored"],
    description="How far datasets are apart on each axis: Kolmogorov-Smirnov and Wasserstein distances.",
    group="profiles",
    kinds={"duckdb"},
)
def dataset_comparison(context: dg.AssetExecutionContext, config: Compared, lake: LakeResource) -> Iterator[Any]:
    """Compare datasets with each other."""
    yield from run_step(
        context, lake, once("dataset_comparison", lambda opened: of_comparison(opened, config.datasets))
    )
