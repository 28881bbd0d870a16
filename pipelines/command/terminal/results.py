"""Rows of a query as a table on the screen: the first of them, and how many there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.command.terminal import table
from pipelines.command.terminal.output import Output

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.command.query import Step

_DESCRIBES = re.compile(r"(?:describe|desc)\s+(?:table\s+)?\"?(\w+)\"?", re.IGNORECASE)


def column_comments(lake: Lake, relation: str) -> dict[str, str]:
    """What the columns of a table or view of the lake hold, as far as that is written down."""
    query = "select column_name, comment from duckdb_columns() where database_name = 'lake' and table_name = $1"
    return {str(name): str(comment or "") for name, comment in lake.rows(query, [relation])}


def _described(lake: Lake, step: Step, shown: list[tuple[object, ...]]) -> list[tuple[object, ...]] | None:
    """Column, type and meaning, where a statement describes a relation of the lake."""
    found = _DESCRIBES.fullmatch(step.text.strip())
    comments = column_comments(lake, found[1]) if found else {}
    return [(row[0], row[1], comments.get(str(row[0]), "")) for row in shown] if any(comments.values()) else None


def show(out: Output, lake: Lake, todo: list[Step], *, limit: int, message: str = "") -> None:
    """Print the result of the last statement as a table, at most `limit` rows of it (0: all)."""
    from pipelines.command import query

    result = query.run(lake, todo, message=message)
    shown: list[tuple[object, ...]] = []
    more = False
    for chunk in result.chunks:
        shown += chunk
        if limit and len(shown) > limit:
            more = True
            break
    if not todo[-1].reads and result.columns in (("Count",), ("Success",)):
        done = f"{table.count(shown[0][0], 'row')} changed" if shown and isinstance(shown[0][0], int) else "Done"
        out.line(f"{done}." if lake.read_only else f"{done}; this is snapshot {lake.snapshot}.")
        return
    if described := _described(lake, todo[-1], shown):
        table.show(out, ["column", "type", "holds"], described)
        out.line(table.count(len(described), "column"), "dim")
        return
    hidden = table.show(out, result.columns, shown[:limit] if limit else shown)
    columns = f"; {len(result.columns) - hidden} of {len(result.columns)} columns" if hidden else ""
    if not more:
        out.line(table.count(len(shown), "row") + columns, "dim")
        return
    result.chunks = iter(())
    total = query.count(lake, todo[-1])
    of = f"{total:,}" if total is not None else "more"
    out.line(
        f"{limit:,} of {of} rows shown{columns} (everything: --limit-rows 0; texts in full: --format vertical)", "dim"
    )
