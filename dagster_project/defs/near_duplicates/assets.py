"""Near-duplicates: which sample stands for which, over all training datasets at once."""

from collections.abc import Iterator
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.automation import FOLLOWS_ANY
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.values import CLUSTERING, COMPARED, SIMILARITY
from pipelines.dedup import dedup, dedup_by_embedding
from pipelines.deduping.parameters import EMBEDDED, EmbeddingComparison, Matching, Signing
from pipelines.telling.near_duplicates import of_near_duplicates
from pipelines.telling.shown import Facts


class NearDuplicatesConfig(dg.Config):
    """What is compared and from which similarity on (default: 0.75, meaning 0.95); see `oda dedup --help`."""

    view: Annotated[str, COMPARED] = Field("sample", description=f"text compared: {COMPARED.accepts}")
    threshold: Annotated[float | None, SIMILARITY] = Field(
        None, description=f"from which similarity on, {SIMILARITY.limits} (default: 0.75, meaning 0.95)"
    )
    clusters: Annotated[str, CLUSTERING] = Field("components", description=CLUSTERING.accepts)


@single(
    "near_duplicates",
    deps=["all_samples"],
    follows=FOLLOWS_ANY,
    description="One row per sample that another one stands for, with similarity and reason; nothing is deleted.",
    group="near_duplicates",
    kinds={"duckdb", "numba"},
)
def near_duplicates(
    context: dg.AssetExecutionContext, config: NearDuplicatesConfig, lake: LakeResource
) -> Iterator[Any]:
    """Look for near-duplicates over all datasets."""

    def make(opened: Lake) -> Facts:
        progress = LogProgress(context.log)
        given: dict[str, Any] = {} if config.threshold is None else {"threshold": config.threshold}
        if config.view == EMBEDDED:
            comparison = EmbeddingComparison(method=config.clusters, **given)
            return of_near_duplicates(opened, dedup_by_embedding(opened, comparison, progress=progress))
        matching = Matching(method=config.clusters, **given)
        return of_near_duplicates(opened, dedup(opened, Signing(view=config.view), matching, progress=progress))

    yield from run_step(context, lake, once("near_duplicates", make))
