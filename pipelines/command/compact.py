"""`oda compact`: forget old snapshots, merge small files, delete what nothing refers to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lake.values import INTERVAL
from pipelines.command.session import Session, single
from pipelines.command.terminal import table
from pipelines.command.terminal.output import Output

if TYPE_CHECKING:
    from lake.maintenance import Compaction


_RELAID_PER_SECOND = 5e6
"""Bytes of packed scores that are read, sorted and written in a second."""


@single(
    "compact",
    "oda compact  # merge small files; every snapshot stays readable",
    "oda compact --expire '7 days' --dry-run  # what would go, changing nothing",
    "oda compact --unused-contents --dry-run  # what models said of contents that are gone",
    "oda compact --expire '1 day' --grace '0 days'  # free room now; nothing else may have the lake open",
)
def app(
    session: Session,
    expire: Annotated[
        str | None,
        INTERVAL,
        typer.Option("--expire", metavar="INTERVAL", help="Forget snapshots older than this, e.g. '7 days'."),
    ] = None,
    grace: Annotated[
        str,
        INTERVAL,
        typer.Option(
            "--grace", metavar="INTERVAL", help="Leave unneeded files that long, for what still reads or stages them."
        ),
    ] = "1 day",
    unused_contents: Annotated[
        bool,
        typer.Option(
            "--unused-contents", help="Also forget model signals and judge answers of contents no sample or slice has."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would go; change nothing.")] = False,
) -> None:
    """Expire old snapshots, merge small files, and delete files nothing refers to.

    Others may read and write meanwhile. Without --expire every snapshot stays readable. Only files of the lake's own
    are deleted, and those that were needed until now only a day later. What models said of a content stays when its
    samples go, since it may come back, unless --unused-contents gives it up.
    """
    out = session.out
    with session.lake(write=True) as lake:
        asked = partial(lake.compact, expire_older_than=expire, grace=grace, unused_contents=unused_contents)
        planned = asked(dry_run=True)
        if not out.json:
            _announce(out, planned, dry_run=dry_run)
        done = planned if dry_run else asked()
    if out.json:
        out.document(done.as_dict())
    else:
        _tell(out, done)


def _announce(out: Output, planned: Compaction, *, dry_run: bool) -> None:
    """What a run takes away, before it does."""
    if planned.relaid:
        count, size = sum(old.files for old in planned.relaid), sum(old.bytes for old in planned.relaid)
        out.line(
            f"Scores of {table.count(len(planned.relaid), 'dataset')} lie as an older version laid them out: "
            f"{count:,} files, {table.size(size)}, are rewritten in about {table.duration(size / _RELAID_PER_SECOND)}; "
            "as much disk is needed until the old ones go."
        )
    for loss in planned.losses:
        out.line(f"{loss.kind.capitalize()} {loss.name} loses its snapshot {loss.snapshot}.", "yellow")
    if dry_run:
        files = [*planned.unneeded, *planned.orphans]
        for file in files:
            out.line(f"would be deleted: {file.path} ({table.size(file.bytes)})")


def _tell(out: Output, done: Compaction) -> None:
    would, about = ("would be ", "about ") if done.dry_run else ("", "")
    out.line(f"Data files: {done.files_before:,} before, {about}{done.files_after:,} after.")
    for relation, rows in done.forgotten.items():
        out.line(f"Rows of contents nobody has {would}forgotten in {relation}: {rows:,}.")
    out.line(f"Snapshots {would}expired: {len(done.expired):,}.")
    if done.in_use:
        out.line(f"Snapshots kept because they are being read: {', '.join(map(str, done.in_use))}.")
    out.line(
        f"Files {would}deleted: {len(done.unneeded):,} no longer needed, "
        f"{len(done.orphans):,} left over by interrupted runs."
    )
    if done.files_waiting:
        out.remark(f"{about}{done.files_waiting:,} more are not needed, but stay for a while (--grace).".capitalize())
