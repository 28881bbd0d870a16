"""`oda compact`: merge small files, forget old snapshots, delete what nothing refers to."""

from __future__ import annotations

from typing import Annotated

import typer

from lake.values import INTERVAL
from pipelines.command.session import Session, single


@single(
    "compact",
    "oda compact  # merge small files; every snapshot stays readable",
    "oda compact --expire '7 days' --dry-run  # what would go, changing nothing",
)
def app(
    session: Session,
    expire: Annotated[
        str | None,
        INTERVAL,
        typer.Option("--expire", metavar="INTERVAL", help="Forget snapshots older than this, e.g. '7 days'."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go; change nothing.")] = False,
) -> None:
    """Merge small files, expire old snapshots, and delete files nothing refers to.

    Without --expire every snapshot stays readable.
    """
    with session.lake(write=True) as lake:
        counts = lake.compact(expire_older_than=expire, dry_run=dry_run)
    out = session.out
    if out.json:
        out.document({"dry_run": dry_run, **counts})
        return
    would = "would be " if dry_run else ""
    out.line(f"Data files: {counts['files_before']:,} before, {counts['files_after']:,} after.")
    out.line(f"Snapshots {would}expired: {counts['snapshots_expired']:,}.")
    out.line(
        f"Files {would}deleted: {counts['files_deleted']:,} no longer needed, "
        f"{counts['orphans_deleted']:,} left over by interrupted runs."
    )
