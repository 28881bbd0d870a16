"""New files in the inbox become datasets."""

import dagster as dg

from dagster_project.inbox import Arrival, InboxMemory, arrivals, links_outside, look
from dagster_project.partitions import DATASETS
from dagster_project.resources import LakeResource


@dg.sensor(job_name="ingest_and_score", minimum_interval_seconds=20, default_status=dg.DefaultSensorStatus.RUNNING)
def inbox(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
    """Ingests and scores each file or folder put into the inbox, and again when it changes."""
    settings = lake.settings()
    folder = settings.inbox_path.resolve()
    entries = look(folder, follow_links=settings.follow_links)
    if not settings.follow_links and (left := links_outside(folder)):
        names = ", ".join(path.name for path in left)
        context.log.warning(
            f"Links that lead out of {folder} are not followed: {names}. Allow it with ODA_FOLLOW_LINKS."
        )
    found, memory = arrivals(entries, InboxMemory.load(context.cursor))
    return dg.SensorResult(
        run_requests=[_request(arrival) for arrival in found],
        dynamic_partitions_requests=[DATASETS.build_add_request([arrival.partition for arrival in found])],
        cursor=memory.dump(),
        skip_reason=None if found else f"{len(entries)} entries in {folder}, none of them complete and new",
    )


def _request(arrival: Arrival) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{arrival.partition}:{arrival.entry.signature}",
        partition_key=arrival.partition,
        run_config={"ops": {"samples": {"config": {"source": str(arrival.entry.path)}}}},
        tags={"oda/inbox": "true"},
    )
