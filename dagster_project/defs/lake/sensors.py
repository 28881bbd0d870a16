"""What the `oda` command does to the lake shows in Dagster."""

import dagster as dg

from dagster_project.partitions import DATASETS, SLICES
from dagster_project.resources import LakeResource
from dagster_project.sync import find, partitions_under_way, unknown_to


@dg.sensor(minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def lake_contents(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult | dg.SkipReason:
    """Registers datasets and slices made elsewhere as partitions, and what is there of them as materialised."""
    settings = lake.settings()
    if settings.embedded and not settings.catalog_file.is_file():
        return dg.SkipReason(f"There is no lake in {settings.home} yet.")
    with lake.open(read_only=True) as opened:
        if context.cursor == str(opened.snapshot):
            return dg.SkipReason(f"Nothing new since snapshot {context.cursor}.")
        found = find(opened)
    under_way = partitions_under_way(context.instance)
    return dg.SensorResult(
        dynamic_partitions_requests=[
            DATASETS.build_add_request(found.datasets),
            SLICES.build_add_request(found.slices),
        ],
        asset_events=unknown_to(context.instance, found, leaving_out=under_way),
        # While runs are under way the next tick looks again, for what they leave out.
        cursor=context.cursor if under_way else str(found.snapshot),
    )
