"""The wide table `scored_axes`: one row per scored sample, a column per axis, rewritten per dataset."""

from __future__ import annotations

from collections.abc import Iterable

from lake.catalog import Connection, Lake
from lake.relations import quote, run

RANGE = 1_000_000
"""Sample ids pivoted at a time: bounds the memory of a rewrite."""

_KEYS = ("sample_id", "dataset")


def refresh_scored(lake: Lake, datasets: Iterable[str], *, comments: dict[str, str] | None = None) -> list[str]:
    """Bring the wide table in line with the scores of these datasets; returns those that were rewritten.

    Compares values and rewrites only where they differ, so it also repairs what a killed run left behind.
    comments: what to write as comment of new columns, by axis.
    """
    rewritten = []
    for dataset in datasets:
        if not stale_axes(lake.connection, dataset):
            continue

        def work(connection: Connection, dataset: str = dataset) -> None:
            rewrite_scored(lake, connection, dataset, comments=comments)

        lake.transact(work, message=f"refresh the wide scores of {dataset}")
        rewritten.append(dataset)
    return rewritten


def stale_axes(connection: Connection, dataset: str) -> list[str]:
    """Axes of a dataset whose values in the wide table are not those of the scores."""
    return [row[0] for row in run(connection, "stale_axes", dataset=dataset).fetchall()]


def rewrite_scored(lake: Lake, connection: Connection, dataset: str, *, comments: dict[str, str] | None = None) -> None:
    """Rewrite a dataset's part of the wide table from its scores; inside a transaction."""
    axes = [
        row[0]
        for row in connection.execute(
            "select distinct axis from scores where dataset = ? order by axis", [dataset]
        ).fetchall()
    ]
    _add_columns(lake, connection, axes, comments or {})
    connection.execute("delete from scored_axes where dataset = ?", [dataset])
    bounds = connection.execute(
        "select min(sample_id), max(sample_id) from scores where dataset = ?", [dataset]
    ).fetchone()
    if bounds is None or bounds[0] is None:
        return
    columns = "".join(f", max(value) filter (where axis = {_literal(axis)}) as {quote(axis)}" for axis in axes)
    for low in range(bounds[0], bounds[1] + 1, RANGE):
        connection.execute(
            f"insert into scored_axes by name select sample_id, dataset{columns} from scores "
            "where dataset = $dataset and sample_id >= $low and sample_id < $end "
            "group by sample_id, dataset order by sample_id",
            {"dataset": dataset, "low": low, "end": low + RANGE},
        )


def _add_columns(lake: Lake, connection: Connection, axes: list[str], comments: dict[str, str]) -> None:
    known = {row[0] for row in connection.execute("describe scored_axes").fetchall()}
    new = [axis for axis in axes if axis not in known]
    for axis in new:
        connection.execute(f"alter table scored_axes add column {quote(axis)} float")
        if axis in comments:
            connection.execute(f"comment on column scored_axes.{quote(axis)} is {_literal(comments[axis])}")
    if new:
        lake.refresh_views(connection)  # `select *` of a view is fixed when it is created


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
