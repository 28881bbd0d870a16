"""Contamination: each training dataset, looked through for the items of every benchmark."""

import dagster as dg
import pyarrow as pa

from dagster_project import metadata
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from lake.catalog import Lake
from pipelines.contamination import ContaminationReport
from pipelines.contamination import contamination as look

_FIRST_ROWS = (
    "select benchmark, item_id, sample_id, method, coverage, longest_run, answer, matched from contamination "
    "where dataset = ? and verdict = 'contaminated' order by weight desc, longest_run desc, item_id, sample_id limit 8"
)


@dg.asset(deps=["samples"], partitions_def=DATASETS, group_name="relations", kinds={"duckdb", "numba"})
def contamination(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[None]:
    """One row per benchmark item, sample and method: that the sample holds the item, or something of it."""
    dataset = context.partition_key
    with lake.open() as opened:
        kind = opened.rows("select kind from datasets where dataset = ?", [dataset])
        trains = bool(kind) and kind[0][0] == "train"
        report = look(opened, [dataset], progress=LogProgress(context.log)) if trains else None
        return dg.MaterializeResult(metadata=_told(opened, dataset, report))


def _told(lake: Lake, dataset: str, report: ContaminationReport | None) -> metadata.Metadata:
    leaks = [vars(leak) for leak in report.leaks] if report else []
    facts = {
        "dagster/row_count": sum(leak["rows_hit"] for leak in leaks),
        "benchmarks_held": len(leaks),
        "items_hit": sum(leak["items_hit"] for leak in leaks),
        "worst": max((leak["item_rate"] for leak in leaks), default=0.0),
        "scanned": report.scanned if report else 0,
        "seconds": report.seconds if report else 0.0,
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts)
    if leaks:
        told["benchmarks"] = metadata.preview(pa.Table.from_pylist(leaks), rows=100)
        told["examples"] = metadata.preview(lake.query(_FIRST_ROWS, [dataset]))
    return told
