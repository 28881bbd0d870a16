"""Slices: a query kept with its parameters, its snapshot and its members."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import dagster as dg
from pydantic import Field

from dagster_project.partitions import SLICES
from dagster_project.resources import LakeResource
from dagster_project.steps import each, run_step, single
from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.kinds import OrEmpty
from lake.values import QUERY
from pipelines.curate import create_slice, get_slice
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT
from pipelines.telling.shown import Facts
from pipelines.telling.slices import of_slice


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
    deps=["all_scored"],
    description="A named selection of samples, reproducible: the same query at the same snapshot gives the same "
    "members.",
    group="curation",
    kinds={"sql", "duckdb"},
    partitions=SLICES,
)
def slices(context: dg.AssetExecutionContext, config: SliceConfig, lake: LakeResource) -> Iterator[Any]:
    """Make each slice from its query."""

    def one(opened: Lake, name: str) -> Facts:
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
        return of_slice(opened, report, get_slice(opened, name), time.monotonic() - began)

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
