"""Is what should be found found? A random sample of texts is compared with all others, without bands."""

import dagster as dg

from dagster_project.metadata import metadata
from dagster_project.resources import LakeResource
from pipelines.deduping.recall import measured_recall
from pipelines.telling.near_duplicates import of_recall

LEAST_RECALL = 0.9
MARGIN = 0.05


@dg.asset_check(
    asset="near_duplicates", description="Recall of pairs a little above the threshold, on 500 random texts."
)
def near_duplicates_recall(lake: LakeResource) -> dg.AssetCheckResult:
    """Passed when nine in ten of the pairs that exist are in the lake, in every view that was run."""
    with lake.open(read_only=True) as opened:
        views = opened.rows("select \"view\", (parameters ->> 'threshold')::double from dedup_runs order by 1")
        found = [measured_recall(opened, view, threshold=min(1.0, threshold + MARGIN)) for view, threshold in views]
    passed = all(item.share is None or item.share >= LEAST_RECALL for item in found)
    return dg.AssetCheckResult(passed=passed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata(of_recall(found)))
