"""What the `oda` command does to the lake shows in Dagster."""

from typing import Any

import dagster as dg
import duckdb

from dagster_project import events
from dagster_project.partitions import DATASETS, SLICES
from dagster_project.resources import LakeResource
from dagster_project.sync import Changes, Cursor, changes, report, verdicts
from lake.catalog import Lake
from lake.errors import OdaError


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def lake_contents(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult | dg.SkipReason:
    """Tells of what others made, replaced or dropped: datasets and slices as partitions, facts and their checks."""
    settings = lake.settings()
    if settings.embedded and not settings.catalog_file.is_file():
        return dg.SkipReason(f"There is no lake in {settings.home} yet.")
    last = Cursor.load(context.cursor)
    found = changes(lake, context.instance, last)
    if found is None:
        return dg.SkipReason(f"Nothing new since snapshot {last.since}.")
    requests = [
        request
        for of, names in ((DATASETS, found.datasets), (SLICES, found.slices))
        for request in _partitions(context.instance, of, names, found.touched)
    ]
    graph = context.repository_def.asset_graph if context.repository_def else None
    with lake.open(read_only=True) as opened:
        for event in report(context.instance, graph, found, opened) if graph else ():
            context.instance.report_runless_asset_event(event)
        for verdict in _verdicts(context, graph, found, opened) if graph else ():
            events.seen(context.instance, verdict, f"snapshot-{found.snapshot}")
    more = " The next look goes on." if found.following.through else ""
    new = (
        f"{len(found.held)} {'fact is' if len(found.held) == 1 else 'facts are'} new since snapshot {last.since or 0}."
    )
    return dg.SensorResult(
        dynamic_partitions_requests=requests,
        cursor=found.following.dump(),
        skip_reason=new + more,
    )


def _verdicts(
    context: dg.SensorEvaluationContext, graph: Any, found: Changes, lake: Lake
) -> list[dg.AssetCheckEvaluation]:
    """Checks of what changed; none where one cannot be asked, since telling of the lake must not wait for that."""
    try:
        return list(verdicts(graph, found, lake))
    except (OdaError, duckdb.Error) as error:
        context.log.warning(f"The checks of what changed were not evaluated: {error}")
        return []


def _partitions(
    instance: dg.DagsterInstance, of: dg.DynamicPartitionsDefinition, names: list[str], touched: set[str] | None
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    """Partitions of what came, and none of what was there and went; one that a run is to fill stays.

    What was never in the lake has no materialisation, and what went before the last look has not been touched since:
    partitions of such names were added for what is to come.
    """
    known = set(instance.get_dynamic_partitions(str(of.name)))
    asset = dg.AssetKey("samples" if of is DATASETS else "slices")
    new = [name for name in names if name not in known]
    gone = known - set(names) if touched is None else (known - set(names)) & touched
    dropped = sorted(gone & instance.get_materialized_partitions(asset)) if gone else []
    adding = [of.build_add_request(new)] if new else []
    return [*adding, *([of.build_delete_request(dropped)] if dropped else [])]
