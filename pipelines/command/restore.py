"""`oda restore`: a dataset as it was at an earlier snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.values import DATASET, SNAPSHOT
from pipelines.command.session import Session, single


@single(
    "restore",
    "oda restore openr1 --at 12  # as it was at snapshot 12, also when it was dropped since",
    "oda snapshots --limit 5  # which snapshots there are",
)
def app(
    session: Session,
    dataset: Annotated[str, DATASET, typer.Argument(metavar="DATASET", help="Dataset to restore.")],
    at: Annotated[int, SNAPSHOT, typer.Option("--at", metavar="SNAPSHOT", help="Snapshot that holds it.")],
) -> None:
    """Make a dataset with its samples, scores and embeddings what it was at a snapshot.

    It is one commit, and the snapshot before it still holds what was there. Near-duplicates are to be found again.
    """
    from pipelines.restore import restore

    with session.lake(write=True) as lake:
        report = restore(lake, dataset, at=at)
    if session.json:
        session.out.document(report.as_dict())
        return
    held = ", ".join(f"{relation} {rows:,}" for relation, rows in report.rows.items())
    session.out.line(f"{dataset} is again what it was at snapshot {at}: {held}.")
    session.out.remark(f"What was there before: oda sql --at {report.snapshot - 1}")
