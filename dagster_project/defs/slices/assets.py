"""Slices: a query kept with its parameters, its snapshot and its members."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project import metadata
from dagster_project.partitions import SLICES
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.kinds import OrEmpty
from lake.values import QUERY
from pipelines.curate import Slice, SliceReport, create_slice, get_slice
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT

_FIRST_ROWS = (
    "select m.sample_id, m.weight, m.reason, samples.dataset, samples.instruction, samples.response "
    "from slice_samples as m join samples using (sample_id) where m.slice = ? order by m.sample_id limit 8"
)

# A slice selects from all datasets; Dagster takes partitions of two sets of names to be the same ones otherwise.
_ALL_SCORED = dg.AssetDep("scored", partition_mapping=dg.AllPartitionMapping())


class SliceConfig(dg.Config):
    """What to select; left empty, the slice is made again from its stored query and parameters."""

    sql: Annotated[str, OrEmpty(QUERY)] = Field(
        "",
        description="of a new slice: a select that gives sample_id, a .sql file, or the name of a recipe of sql/curate",
    )
    parameters: dict[str, str] = Field({}, description="values for the parameters the query declares, as JSON or text")
    decontaminate: bool = Field(
        False, description="leave out samples that are or hold benchmark items; otherwise they hold back what follows"
    )


@single(
    "slices",
    deps=[_ALL_SCORED],
    description="A named selection of samples, reproducible: the same query at the same snapshot gives the same "
    "members.",
    group="curation",
    kinds={"sql", "duckdb"},
    partitions=SLICES,
)
def slices(context: dg.AssetExecutionContext, config: SliceConfig, lake: LakeResource) -> Iterator[Any]:
    """Make each slice from its query."""

    def one(opened: Lake, name: str) -> metadata.Metadata:
        began = time.monotonic()
        asked = _asked(opened, name, config)
        report = create_slice(
            opened,
            name,
            asked.sql,
            parameters=asked.parameters,
            replace=True,
            benchmarks=LEAVE_OUT if asked.decontaminate else ALLOW,  # an audit holds back what they would go into
            recipe=asked.recipe,
        )
        return _told(opened, report, get_slice(opened, name), time.monotonic() - began)

    yield from run_step(context, lake, each("slices", one))


@dataclass(frozen=True)
class _Asked:
    """What a slice is made by: what the run's config says, and where it says nothing what the lake remembers."""

    sql: str
    parameters: dict[str, Any]
    decontaminate: bool
    recipe: str | None = None


def _asked(lake: Lake, name: str, config: SliceConfig) -> _Asked:
    if config.sql:
        return _Asked(config.sql, dict(config.parameters), config.decontaminate)
    try:
        stored = get_slice(lake, name)
    except UnknownNameError:
        raise UsageError(
            f"There is no slice {name!r} yet, and the run's config has no query.",
            hint="Give `sql`: a select that gives sample_id, a .sql file or the name of a recipe.",
        ) from None
    parameters = {**stored.parameters, **config.parameters}
    return _Asked(stored.sql, parameters, config.decontaminate or stored.benchmarks == LEAVE_OUT, stored.recipe)


def _told(lake: Lake, report: SliceReport, made: Slice, seconds: float) -> metadata.Metadata:
    samples = int(lake.rows("select coalesce(sum(rows), 0) from datasets where kind = 'train'")[0][0])
    facts = {
        "dagster/row_count": report.rows,
        "coverage": report.rows / samples if samples else None,
        "seconds": seconds,
        "rows_per_second": metadata.rate(report.rows, seconds),
        "hash": report.hash,
        "parameters": json.dumps(report.parameters),
        "recipe": made.recipe,
        "benchmark_items": made.benchmarks,
        "snapshot": report.snapshot,
        "warnings": "\n".join(report.warnings),
        "left_out": sum(report.left_out.values()),
    }
    return metadata.numbers(facts) | {
        "query": dg.MetadataValue.md(f"```sql\n{made.sql}\n```"),
        "datasets": metadata.counts_table("dataset", report.datasets),
        "preview": metadata.preview(lake.query(_FIRST_ROWS, [report.slice])),
    }
