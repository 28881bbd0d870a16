"""Embeddings: a vector per sample, by the model of the settings."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.axes import ACCELERATOR
from dagster_project.conventions import stands_in
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import Told, Work, asset_step, run_step
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.at_hand import no_embeddings
from pipelines.embed import embed
from pipelines.telling.derived import of_embeddings


@dg.definitions
def defs() -> dg.Definitions:
    """The vectors, where their model is here; else the asset only says what it lacks."""
    spec = dg.AssetSpec(
        "embeddings",
        deps=["samples"],
        description="A vector per sample of a dataset; equal content anywhere in the lake is embedded once.",
        group_name="embeddings",
        kinds={"model"},
    )
    if why := no_embeddings(Settings.load()):
        said = f"Not made here: needs {why}.\n\n{spec.description}"
        absent = spec.replace_attributes(description=said, group_name="not_here", deps=[])
        return dg.Definitions(assets=[absent.merge_attributes(metadata=stands_in(__file__))])

    @asset_step("embeddings", [spec], partitions=DATASETS, pool=ACCELERATOR)
    def embeddings(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        """Embed what has no vector yet; the model is loaded once for all datasets."""

        def work(opened: Lake, datasets: list[str]) -> Iterator[Told]:
            report = embed(opened, datasets=datasets, progress=LogProgress(context.log))
            for done in report.kinds:
                yield Told(dg.AssetKey("embeddings"), done.dataset, of_embeddings(opened, report, done))

        yield from run_step(context, lake, Work(work, needed=False))

    return dg.Definitions(assets=[embeddings])
