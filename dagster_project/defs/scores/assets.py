"""Scores: one asset an axis, one subsettable multi-asset an engine, generated from the scorer catalogue."""

from collections.abc import Iterator

import dagster as dg

from dagster_project import metadata, plots
from dagster_project.axes import Axes, axis_key, engines
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from lake.catalog import Lake
from pipelines.calibrating.states import state_of, states
from pipelines.score import score
from pipelines.scoring.reports import AxisReport, ScoreReport
from scorers.catalogue import Entry
from scorers.spec import Axis

_FIRST_ROWS = (
    "select s.value, s.status, s.detail, samples.instruction, samples.response from scores as s "
    "join samples using (sample_id) where s.dataset = ? and s.axis = ? and samples.dataset = s.dataset "
    "order by sample_id limit 8"
)


@dg.definitions
def defs() -> dg.Definitions:
    """A multi-asset for each family of scorers that can run here."""
    return dg.Definitions(assets=[_engine_assets(engine, axes) for engine, axes in engines().items()])


def _engine_assets(engine: str, axes: Axes) -> dg.AssetsDefinition:
    specs = [_spec(axis, entry, engine) for axis, entry in axes.values()]

    @dg.multi_asset(
        name=f"scores_{engine}", specs=specs, partitions_def=DATASETS, can_subset=True, pool=f"engine-{engine}"
    )
    def scores(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[dg.MaterializeResult[None]]:
        """Score what lacks these axes, in one pass over the samples whatever the selection."""
        chosen = sorted(key.path[-1] for key in context.selected_asset_keys)
        with lake.open() as opened:
            report = score(
                opened,
                datasets=[context.partition_key],
                axes=chosen,
                derive_inputs=False,  # assets of their own
                progress=LogProgress(context.log),
            )
            for part in (part for part in report.axes if part.axis in chosen):
                yield dg.MaterializeResult(
                    asset_key=axis_key(part.axis), metadata=_told(opened, report, part, axes[part.axis][0])
                )

    return scores


def _spec(axis: Axis, entry: Entry, engine: str) -> dg.AssetSpec:
    scorer = entry.scorer
    return dg.AssetSpec(
        axis_key(axis.name),
        deps=["samples", *dict.fromkeys(rows.relation for rows in scorer.stored), *map(axis_key, scorer.axes_read)],
        description=f"{axis.description}\n\n{scorer.citation}".strip(),
        group_name="scores_on_request" if scorer.on_request else "scores",
        kinds={"python" if scorer.model is None else "model"},
        tags={"engine": engine, "scorer": scorer.name, "direction": axis.direction},
        code_version=scorer.version_of(scorer.settings()),
        metadata=metadata.numbers(
            {
                "unit": axis.unit,
                "type": axis.type,
                "range": " to ".join("∞" if end is None else f"{end:g}" for end in axis.range),
                "reads": ", ".join((*scorer.reads, *(rows.relation for rows in scorer.stored))),
                "model": scorer.model,
                "revision": scorer.revision,
            }
        ),
    )


def _told(lake: Lake, report: ScoreReport, part: AxisReport, axis: Axis) -> metadata.Metadata:
    facts = {
        "dagster/row_count": sum(part.statuses.values()),
        "coverage": part.coverage,
        "scored": part.scored,
        "reused": part.reused,
        "skipped": part.skipped,
        "seconds": report.seconds,
        "rows_per_second": report.rows_per_second,
        "scorer_version": part.scorer_version,
        "calibration": state_of(states(lake), part.axis, [part.scorer_version]),
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts) | {
        "statuses": metadata.counts_table("status", part.statuses),
        "preview": metadata.preview(lake.query(_FIRST_ROWS, [part.dataset, part.axis])),
    }
    return told | plots.drawn(lake, plot=lambda: plots.axis_plot(lake, part.dataset, part.axis, unit=axis.unit))
