"""The wide table `scored_axes`: one row per scored sample, a column per axis, rewritten per dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lake.catalog import Connection, Lake
from lake.known import known
from lake.relations import insert, literal, quote, run
from lake.rows import delete

RANGE = 1_000_000
"""Sample ids pivoted at a time: bounds the memory of a rewrite."""


def refresh_scored(lake: Lake, datasets: Iterable[str], *, comments: dict[str, str] | None = None) -> list[str]:
    """Bring the wide table in line with the scores of these datasets; returns those that were rewritten.

    Compares values and rewrites only where they differ, so it also repairs what a killed run left behind; files that
    were compared once are not read again.
    comments: what to write as comment of new columns, by axis.
    """
    stale = _stale(lake, datasets)
    for group in _groups(lake.connection, stale):
        lake.transact(
            lambda connection, group=group: rewrite_scored(lake, connection, group, comments=comments),  # type: ignore[misc]
            message=f"refresh the wide scores of {', '.join(group)}",
        )
    _stale(lake, stale)
    return stale


def _stale(lake: Lake, datasets: Iterable[str]) -> list[str]:
    """Those of the datasets whose wide table differs from their scores."""

    def compare(names: list[str]) -> dict[str, list[str]]:
        return {name: [] for name in names} | stale_axes(lake.connection, names)

    found = known(
        lake, lake.connection, "stale-axes", tables=("scores", "scored_axes"), datasets=list(datasets), find=compare
    )
    return [dataset for dataset, axes in found.items() if axes]


def stale_axes(connection: Connection, datasets: Iterable[str]) -> dict[str, list[str]]:
    """Datasets, in order, and those of their axes whose values in the wide table are not those of the scores."""
    found: dict[str, list[str]] = {}
    for dataset, axis, _, _ in run(connection, "stale_axes", datasets=list(datasets)).fetchall():
        found.setdefault(dataset, []).append(axis)
    return found


def rewrite_scored(
    lake: Lake, connection: Connection, datasets: Sequence[str], *, comments: dict[str, str] | None = None
) -> None:
    """Rewrite the part of the wide table of some datasets from their scores; inside a transaction."""
    scored = run(connection, "scored_ranges", datasets=list(datasets)).fetchall()
    axes = sorted({axis for _, _, _, own in scored for axis in own})
    _add_columns(lake, connection, axes, comments or {})
    delete(connection, "scored_axes", dataset=list(datasets))
    for names, low, high in _ranges(scored):
        insert(connection, "scored_axes", "wide_scores", axes=axes, datasets=names, low=low, high=high)


def _ranges(scored: list[tuple[str, int, int, list[str]]]) -> Iterable[tuple[list[str], int, int]]:
    """Ranges of at most RANGE sample ids of a dataset; small datasets that follow each other share one."""
    names: list[str] = []
    start, end, held = 0, 0, 0
    for dataset, low, high, _ in scored:
        if names and held + high - low >= RANGE:
            yield names, start, end
            names, held = [], 0
        if high - low >= RANGE:
            for first in range(low, high + 1, RANGE):
                yield [dataset], first, first + RANGE - 1
            continue
        start = start if names else low
        end, held = high, held + high - low + 1
        names.append(dataset)
    if names:
        yield names, start, end


def _groups(connection: Connection, datasets: list[str]) -> Iterable[list[str]]:
    """Datasets whose rewrites share a commit: about RANGE sample ids, at least one."""
    scored = run(connection, "scored_ranges", datasets=datasets).fetchall()
    group = sorted(set(datasets) - {row[0] for row in scored})  # without scores: nothing is written
    held = 0
    for dataset, low, high, _ in scored:
        if group and held + high - low >= RANGE:
            yield group
            group, held = [], 0
        group.append(dataset)
        held += high - low + 1
    if group:
        yield group


def _add_columns(lake: Lake, connection: Connection, axes: list[str], comments: dict[str, str]) -> None:
    known = {row[0] for row in connection.execute("describe scored_axes").fetchall()}
    new = [axis for axis in axes if axis not in known]
    for axis in new:
        connection.execute(f"alter table scored_axes add column {quote(axis)} double")
        if axis in comments:
            connection.execute(f"comment on column scored_axes.{quote(axis)} is {literal(comments[axis])}")
    if new:
        lake.refresh_views(connection, "scored_axes")  # `select *` of a view is fixed when it is created
