"""`oda snapshots`: every commit of the lake."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.values import COUNT
from pipelines.command.session import Session, single
from pipelines.command.terminal import table


@single(
    "snapshots",
    "oda snapshots --limit 5  # the latest five commits",
    'oda sql --at 3 "from datasets"  # the lake as it was at snapshot 3',
)
def app(
    session: Session,
    limit: Annotated[int | None, COUNT, typer.Option("--limit", metavar="N", help="Show the latest N only.")] = None,
) -> None:
    """List every commit of the lake, newest first.

    Each has its author and message, and every relation can be read as it was at one: oda sql --at SNAPSHOT.
    """
    with session.lake() as lake:
        rows = lake.snapshots().slice(0, limit).to_pylist()
    out = session.out
    if out.json:
        out.document(rows)
        return
    table.show(
        out,
        ["snapshot", "time (UTC)", "author", "message"],
        [(row["snapshot_id"], row["snapshot_time"], row["author"], row["message"]) for row in rows],
    )
