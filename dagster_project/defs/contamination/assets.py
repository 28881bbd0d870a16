"""Contamination: each training dataset, looked through for the items of every benchmark."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pyarrow as pa
from pydantic import Field

from dagster_project import metadata
from dagster_project.automation import FOLLOWS
from dagster_project.partitions import DATASETS
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from pipelines.contaminating.parameters import Meaning
from pipelines.contamination import ContaminationReport
from pipelines.contamination import contamination as look

_FIRST_ROWS = (
    "select benchmark, item_id, sample_id, method, coverage, longest_run, answer, matched from contamination "
    "where dataset = ? and verdict = 'contaminated' order by weight desc, longest_run desc, item_id, sample_id limit 8"
)


class ContaminationConfig(dg.Config):
    """What is compared besides texts."""

    embeddings: bool = Field(
        False, description="compare the stored embeddings of samples and benchmark items too: finds rephrased items"
    )


@single(
    "contamination",
    deps=["samples"],
    description="One row per benchmark item, sample and method: that the sample holds the item, or something of it.",
    group="relations",
    kinds={"duckdb", "numba"},
    partitions=DATASETS,
    follows=FOLLOWS,
)
def contamination(context: dg.AssetExecutionContext, config: ContaminationConfig, lake: LakeResource) -> Iterator[Any]:
    """Look for the items of every benchmark in each training dataset."""

    def one(opened: Lake, dataset: str) -> metadata.Metadata:
        kind = opened.rows("select kind from datasets where dataset = ?", [dataset])
        trains = bool(kind) and kind[0][0] == "train"
        meaning = Meaning() if config.embeddings else None
        report = look(opened, [dataset], meaning=meaning, progress=LogProgress(context.log)) if trains else None
        return _told(opened, dataset, report)

    yield from run_step(context, lake, each("contamination", one))


def _told(lake: Lake, dataset: str, report: ContaminationReport | None) -> metadata.Metadata:
    leaks = [vars(leak) for leak in report.leaks] if report else []
    facts = {
        "dagster/row_count": sum(leak["rows_hit"] for leak in leaks),
        "benchmarks_held": len(leaks),
        "items_hit": sum(leak["items_hit"] for leak in leaks),
        "worst": max((leak["item_rate"] for leak in leaks), default=0.0),
        "scanned": report.scanned if report else 0,
        "compared": report.compared if report else 0,
        "seconds": report.seconds if report else 0.0,
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts)
    if report and report.unembedded:
        told["without_embeddings"] = dg.MetadataValue.text(", ".join(report.unembedded))
    if leaks:
        told["benchmarks"] = metadata.preview(pa.Table.from_pylist(leaks), rows=100)
        told["examples"] = metadata.preview(lake.query(_FIRST_ROWS, [dataset]))
    return told
