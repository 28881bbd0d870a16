"""What the `oda` command does to the lake shows in Dagster."""

import dagster as dg

from dagster_project.partitions import DATASETS, SLICES
from dagster_project.resources import LakeResource
from dagster_project.sync import changes, report


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def lake_contents(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult | dg.SkipReason:
    """Tells of what others made, replaced or dropped: datasets and slices as partitions, facts as materialisations."""
    settings = lake.settings()
    if settings.embedded and not settings.catalog_file.is_file():
        return dg.SkipReason(f"There is no lake in {settings.home} yet.")
    found = changes(lake, context.instance, int(context.cursor) if context.cursor else None)
    if found is None:
        return dg.SkipReason(f"Nothing new since snapshot {context.cursor}.")
    requests = [
        request
        for of, names in ((DATASETS, found.datasets), (SLICES, found.slices))
        for request in _partitions(context.instance, of, names)
    ]
    graph = context.repository_def.asset_graph if context.repository_def else None
    with lake.open(read_only=True) as opened:
        for event in report(context.instance, graph, found, opened) if graph else ():
            context.instance.report_runless_asset_event(event)
    return dg.SensorResult(
        dynamic_partitions_requests=requests,
        cursor=str(found.snapshot),
        skip_reason=f"{len(found.held)} facts are new since snapshot {context.cursor or 0}.",
    )


def _partitions(
    instance: dg.DagsterInstance, of: dg.DynamicPartitionsDefinition, names: list[str]
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    """Partitions of what came, and none of what was there and went; one that a run is to fill stays.

    What was never in the lake has no materialisation, so that only partitions are dropped that were told of.
    """
    known = set(instance.get_dynamic_partitions(str(of.name)))
    asset = dg.AssetKey("samples" if of is DATASETS else "slices")
    new = [name for name in names if name not in known]
    gone = known - set(names)
    dropped = sorted(gone & instance.get_materialized_partitions(asset)) if gone else []
    adding = [of.build_add_request(new)] if new else []
    return [*adding, *([of.build_delete_request(dropped)] if dropped else [])]
