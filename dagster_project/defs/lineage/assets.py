"""Lineage of all datasets: verdicts on edges, what no document mentions, licences, and the graph as a picture."""

from collections.abc import Iterator
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project import metadata, plots
from dagster_project.progress import LogProgress
from dagster_project.resources import LakeResource
from dagster_project.steps import once, run_step, single
from lake.catalog import Lake
from lake.values import HOPS
from pipelines.lineage import LineageReport, Tracing, lineage

_EDGES = (
    "select child, parent, relation, verdict, confidence, quote from lineage_edges where counted and via is null "
    "order by verdict <> 'measured only', child, parent"
)
_CONFLICTS = "select dataset, ancestor, term, evidence, problem from licence_conflicts order by dataset, hops, ancestor"
_STATISTICS = "from lineage_statistics order by domain nulls first"
_REVIEW = "select child, parent, relation, confidence, reason, quote from lineage_review order by child, parent"


class LineageConfig(dg.Config):
    """How many edges up documents of parents are sought; see `oda lineage --help`."""

    follow: Annotated[int, HOPS] = Field(3, description=f"edges up ({HOPS.limits}) that documents are sought")


@single(
    "dataset_lineage",
    deps=["dataset_overlaps"],
    description="One row per child and parent: what documents say, what was measured, and the verdict of both.",
    group="relations",
    kinds={"duckdb"},
)
def dataset_lineage(context: dg.AssetExecutionContext, config: LineageConfig, lake: LakeResource) -> Iterator[Any]:
    """Judge what documents say by what was measured."""

    def make(opened: Lake) -> metadata.Metadata:
        return _told(opened, lineage(opened, Tracing(config.follow), progress=LogProgress(context.log)))

    yield from run_step(context, lake, once("dataset_lineage", make))


def _told(lake: Lake, report: LineageReport) -> metadata.Metadata:
    facts = {
        "dagster/row_count": sum(report.edges.values()),
        "datasets": report.datasets,
        "outside": report.outside,
        "documents": report.documents,
        "depth": report.depth,
        "review": report.claims.get("review", 0),
        "current": report.current,
        "snapshot": lake.snapshot,
    }
    told = metadata.numbers(facts) | {"verdicts": metadata.counts_table("verdict", report.edges)}
    for name, sql in (
        ("edges", _EDGES),
        ("conflicts", _CONFLICTS),
        ("to_review", _REVIEW),
        ("statistics", _STATISTICS),
    ):
        found = lake.query(sql)
        if found.num_rows:
            told[name] = metadata.preview(found, rows=100)
    return told | plots.drawn(lake, graph=lambda: plots.lineage_plot(lake))
