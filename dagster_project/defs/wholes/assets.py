"""What all partitions of an asset hold, in one version: what is made from all of them is made from this.

Dagster compares the versions of no more than 99 partitions, and takes what is made from more of them to be up to date.
"""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from dagster_project.automation import FOLLOWS_ANY
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from pipelines.telling import wholes


def _whole(of: str, what: str, group: str) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    return single(
        f"all_{of}",
        description=f"{what}, in one version, for what is made from all of them: Dagster compares no more than 99 "
        "partitions one by one. The sensor `lake_contents` keeps it up to date.",
        group=group,
        kinds={"duckdb"},
        deps=[dg.AssetDep(of, partition_mapping=dg.AllPartitionMapping())],
        follows=FOLLOWS_ANY,
    )


@_whole("samples", "What all datasets consist of", "ingest")
def all_samples(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at what all datasets consist of."""
    yield from run_step(context, lake, once("all_samples", wholes.of_all_samples))


@_whole("scored", "The scores of all datasets", "profiles")
def all_scored(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at how many samples have scores."""
    yield from run_step(context, lake, once("all_scored", wholes.of_all_scored))


@_whole("contamination", "What all datasets hold of benchmarks", "relations")
def all_contamination(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at what was found in all datasets."""
    yield from run_step(context, lake, once("all_contamination", wholes.of_all_contamination))


@_whole("evaluations", "The results of all models", "arena")
def all_evaluations(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Look at all results."""
    yield from run_step(context, lake, once("all_evaluations", wholes.of_all_evaluations))
