"""Contamination: each training dataset, looked through for the items of every benchmark."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from pydantic import Field

from dagster_project.automation import FOLLOWS
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from pipelines.contaminating.parameters import Meaning
from pipelines.contamination import contamination as look
from pipelines.telling.contamination import of_contamination
from pipelines.telling.shown import Facts


class ContaminationConfig(dg.Config):
    """What is compared besides texts."""

    embeddings: bool = Field(
        False, description="compare the stored embeddings of samples and benchmark items too: finds rephrased items"
    )


@single(
    "contamination",
    deps=["samples"],
    description="One row per benchmark item, sample and method: that the sample holds the item, or something of it.",
    group="relations",
    kinds={"duckdb", "numba"},
    partitions=DATASETS,
    follows=FOLLOWS,
)
def contamination(context: dg.AssetExecutionContext, config: ContaminationConfig, lake: LakeResource) -> Iterator[Any]:
    """Look for the items of every benchmark in each training dataset."""

    def one(opened: Lake, dataset: str) -> Facts:
        kind = opened.rows("select kind from datasets where dataset = ?", [dataset])
        trains = bool(kind) and kind[0][0] == "train"
        meaning = Meaning() if config.embeddings else None
        report = look(opened, [dataset], meaning=meaning, progress=LogProgress(context.log)) if trains else None
        return of_contamination(opened, dataset, report)

    yield from run_step(context, lake, each("contamination", one))
