"""Keeping house at night, as examples: off until somebody turns them on in the UI."""

import dagster as dg

from dagster_project.resources import LakeResource, marks_of


@dg.op
def compact(context: dg.OpExecutionContext, lake: LakeResource) -> None:
    """Merge small files and delete what nothing refers to."""
    with lake.open(marks=marks_of(context.instance, context.run.run_id)) as opened:
        done = opened.compact()
    context.log.info(str(done))


@dg.job(description="Merges the small files of the lake and deletes what nothing refers to; keeps every snapshot.")
def compaction() -> None:
    """Keep house."""
    compact()


compaction_at_night = dg.ScheduleDefinition(name="compaction_at_night", job=compaction, cron_schedule="0 3 * * *")

dedup_at_night = dg.ScheduleDefinition(
    name="dedup_at_night",
    job=dg.define_asset_job("dedup", selection=dg.AssetSelection.assets("near_duplicates")),
    cron_schedule="30 3 * * *",
)
