"""Profiles: distributions, coverage and correlations of the axes of a dataset; how far datasets are apart."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dagster as dg
import pyarrow as pa
from pydantic import Field

from dagster_project import metadata, plots
from dagster_project.automation import FOLLOWS
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource
from dagster_project.steps import each, once, run_step, single
from lake.catalog import Lake
from pipelines.profile import correlations, distances, distributions
from pipelines.scoring.selection import select_datasets

_FARTHEST = 20
_ABREAST = 24
_LARGEST = "select dataset from datasets order by rows desc, dataset_no limit ?"
_PROFILE = "select * exclude (dataset, scorer_version, samples) from dataset_profile where dataset = ? order by axis"


@single(
    "dataset_profile",
    deps=["scored"],
    description="One row per axis of a dataset; the means are recorded, so that the UI draws them over time.",
    group="profiles",
    kinds={"duckdb"},
    partitions=DATASETS,
    follows=FOLLOWS,
)
def dataset_profile(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
    """Draw each dataset's axes."""
    yield from run_step(context, lake, each("dataset_profile", _told))


class Compared(dg.Config):
    """Which datasets are compared, each with each."""

    datasets: list[str] = Field(default=[], description="names; none for the largest of the lake, at most 24")


@single(
    "dataset_comparison",
    deps=["dataset_profile"],
    description="How far datasets are apart on each axis: Kolmogorov-Smirnov and Wasserstein distances.",
    group="profiles",
    kinds={"duckdb"},
)
def dataset_comparison(context: dg.AssetExecutionContext, config: Compared, lake: LakeResource) -> Iterator[Any]:
    """Compare datasets with each other."""
    yield from run_step(context, lake, once("dataset_comparison", lambda opened: _compared(opened, config.datasets)))


def _told(lake: Lake, dataset: str) -> metadata.Metadata:
    began = time.monotonic()
    table = lake.query(_PROFILE, [dataset])
    rows = table.to_pylist()
    facts = {
        "dagster/row_count": len(rows),
        "coverage": sum(row["coverage"] or 0.0 for row in rows) / len(rows) if rows else None,
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
        **{f"mean/{row['axis']}": row["mean"] for row in rows},
    }
    told = metadata.numbers(facts) | {"profile": metadata.preview(table, rows=200)}
    return told | plots.drawn(
        lake,
        lengths=lambda: plots.length_plot(lake, dataset),
        distributions=lambda: plots.distributions_plot(distributions(lake, [dataset], []), f"axes of {dataset}"),
        correlations=lambda: plots.matrix_plot(
            {(pair.axis, pair.other): pair.spearman for pair in correlations(lake, [dataset], [])},
            f"rank correlation of axes in {dataset}",
            signed=True,
        ),
    )


def _compared(lake: Lake, names: list[str]) -> metadata.Metadata:
    began = time.monotonic()
    largest = [name for (name,) in lake.rows(_LARGEST, [_ABREAST])]
    chosen = select_datasets(lake, names or largest)
    found = sorted(distances(lake, chosen, []), key=lambda pair: -pair.ks)
    by_pair: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pair in found:
        by_pair[pair.dataset, pair.other].append(pair.ks)
    facts = {
        "dagster/row_count": len(found),
        "datasets": len(chosen),
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts)
    if found:
        farthest = pa.Table.from_pylist([asdict(pair) for pair in found[:_FARTHEST]])
        told["farthest"] = metadata.preview(farthest, rows=_FARTHEST)
    means = {pair: sum(values) / len(values) for pair, values in by_pair.items()}
    title = "mean Kolmogorov-Smirnov distance over axes"
    return told | plots.drawn(lake, plot=lambda: plots.matrix_plot(means, title, signed=False))
