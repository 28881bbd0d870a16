"""Scores: one asset an axis, one step for the axes that share their work, generated from the scorer catalogue."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.axes import Group, absent_spec, axis_key, groups, spec
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import Told, Work, asset_step, run_step
from lake.catalog import Lake
from pipelines.score import score
from pipelines.telling.axes import Scored


@dg.definitions
def defs() -> dg.Definitions:
    """A step for each group of axes that can be measured here; the others are shown with what they lack."""
    here, absent = groups()
    missing = [absent_spec(*each) for each in absent]
    return dg.Definitions(assets=[*map(_step, here), *missing])


def _step(group: Group) -> dg.AssetsDefinition:
    specs = [spec(axis, entry, group) for axis, entry in group.axes.values()]
    declared = {each.key.path[-1]: each.code_version for each in specs}

    @asset_step(f"scores_{group.name}", specs, partitions=DATASETS, pool=group.pool)
    def scores(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        """Score what lacks these axes, in one pass over the samples, whatever the selection and the partitions."""
        chosen = sorted(key.path[-1] for key in context.selected_asset_keys)

        def work(opened: Lake, datasets: list[str]) -> Iterator[Told]:
            report = score(
                opened,
                datasets=datasets,
                axes=chosen,
                derive_inputs=group.pool is not None,  # vectors are an asset of their own
                progress=LogProgress(context.log),
            )
            told = Scored(opened, report)
            context.log.info(told.of_run)
            for part in (part for part in report.axes if part.axis in chosen):
                facts = told.of_axis(part, declared[part.axis])
                yield Told(axis_key(part.axis), part.dataset, facts)
            for measure in report.sets:
                level = group.axes[measure.axis][1].scorer.level
                yield Told(axis_key(measure.axis, level=level), measure.dataset, told.of_set(measure))

        yield from run_step(context, lake, Work(work, needed=group.folder == "scores"))

    return scores
