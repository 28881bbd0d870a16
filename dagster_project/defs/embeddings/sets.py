"""Axes of whole datasets: one subsettable multi-asset, so that a selection shares vectors, neighbours and clusters."""

import json
from collections.abc import Iterator

import dagster as dg

from dagster_project import metadata
from dagster_project.axes import axis_key, set_axes
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from lake.catalog import Lake
from pipelines.score import score
from pipelines.scoring.reports import SetReport
from scorers.catalogue import Entry
from scorers.spec import Axis


@dg.definitions
def defs() -> dg.Definitions:
    """The multi-asset of every axis of whole datasets that can run here."""
    axes = set_axes()

    @dg.multi_asset(
        name="scores_dataset",
        specs=[_spec(axis, entry) for axis, entry in axes.values()],
        partitions_def=DATASETS,
        can_subset=True,
        pool="engine-dataset",
    )
    def scores(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[dg.MaterializeResult[None]]:
        """DatasetScore a dataset on these axes where its samples, its vectors or a scorer have changed."""
        chosen = sorted(key.path[-1] for key in context.selected_asset_keys)
        with lake.open() as opened:
            report = score(
                opened,
                datasets=[context.partition_key],
                axes=chosen,
                derive_inputs=False,  # assets of their own
                progress=LogProgress(context.log),
            )
            for measure in report.sets:
                key = axis_key(measure.axis, level=axes[measure.axis][1].scorer.level)
                yield dg.MaterializeResult(asset_key=key, metadata=_told(opened, measure, report.seconds))

    return dg.Definitions(assets=[scores])


def _spec(axis: Axis, entry: Entry) -> dg.AssetSpec:
    scorer = entry.scorer
    return dg.AssetSpec(
        axis_key(axis.name, level=scorer.level),
        deps=[rows.relation for rows in scorer.stored] or ["samples"],
        description=f"{axis.description}\n\n{scorer.citation}".strip(),
        group_name="embeddings",
        kinds={"python"},
        tags={"engine": "dataset", "scorer": scorer.name, "direction": axis.direction},
        code_version=scorer.version_of(scorer.settings()),
        metadata=metadata.numbers({"unit": axis.unit, "type": axis.type, "reads": ", ".join(scorer.sources)}),
    )


def _told(lake: Lake, measure: SetReport, seconds: float) -> metadata.Metadata:
    stored = lake.rows(
        "select facts, parameters from dataset_scores where dataset = ? and axis = ?", [measure.dataset, measure.axis]
    )
    facts = {
        "value": measure.value,
        "samples": measure.n,
        "coverage": measure.coverage,
        "status": measure.status,
        "detail": measure.detail,
        "computed": measure.computed,
        "seconds": seconds,
        "scorer_version": measure.scorer_version,
        "snapshot": lake.snapshot,
    }
    further = {
        name: dg.MetadataValue.json(json.loads(text))
        for name, text in zip(("facts", "parameters"), stored[0], strict=True)
        if text
    }
    return metadata.numbers(facts) | further
