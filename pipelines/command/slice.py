"""`oda slice`: named selections of samples that can be made again exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lake.errors import UsageError
from lake.kinds import NewName, Text
from lake.values import ANY_COUNT, PARAMETER, QUERY, SLICE, SNAPSHOT
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.sql import pairs
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group

if TYPE_CHECKING:
    from pipelines.curate import SliceReport

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Make, list, show, verify and drop slices: named selections of samples.",
    epilog=examples(
        'oda slice create rich --sql "select sample_id from scored where mtld > 80"',
        "oda slice verify rich  # the same members again, at the same snapshot?",
        "oda export rich --to llamafactory -o out/",
    ),
)

RECIPE = Text("a file, or the name of a ready-made recipe", 4096)

Name = Annotated[str, SLICE, typer.Argument(metavar="NAME", help="Name of the slice.", autocompletion=complete.slices)]


@app.callback()
def _slices() -> None:
    pass


@register(
    app,
    "create",
    'oda slice create rich --sql "select sample_id from scored where mtld > 80"',
    "oda slice create math-hard -f recipes/math_hard.sql -p tokens=50e6",
    "oda slice create rich -f rich.sql --at 12 --replace  # from the lake as it was at snapshot 12",
)
def _create(
    session: Session,
    *,
    name: Annotated[str, NewName("slice"), typer.Argument(metavar="NAME", help="Name of the slice.")],
    file: Annotated[
        str | None,
        RECIPE,
        typer.Option("--file", "-f", metavar="FILE", help="File with the query, or the name of a ready-made recipe."),
    ] = None,
    sql: Annotated[str | None, QUERY, typer.Option("--sql", metavar="QUERY", help="The query itself.")] = None,
    parameter: Annotated[
        list[str] | None,
        PARAMETER,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Value of a parameter; repeatable."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a slice of that name.")] = False,
    at: Annotated[
        int | None, SNAPSHOT, typer.Option("--at", metavar="SNAPSHOT", help="Select from the lake as it was.")
    ] = None,
) -> None:
    """Select samples with a query and keep them under a name.

    The query gives `sample_id`, and may give `weight` and `reason`. The slice keeps query, parameters, snapshot
    and members, so it can be verified and exported at any time.
    """
    if (file is None) == (sql is None):
        raise UsageError("A slice needs one query.", hint="Give it with --sql QUERY or with -f FILE.")
    from pipelines.curate import create_slice

    query: str | Path = sql or ""
    if file is not None:
        query = Path(file) if Path(file).suffix or Path(file).exists() else file
    with session.lake(write=True) as lake:
        report = create_slice(lake, name, query, parameters=pairs(parameter or []), replace=replace, at=at)
    if session.json:
        session.out.document(report.as_dict())
        return
    _tell(session, report)


def _tell(session: Session, report: SliceReport) -> None:
    out = session.out
    verb = "replaced" if report.replaced else "created"
    out.line(f"Slice {report.slice} {verb}: {table.count(report.rows, 'sample')} at snapshot {report.snapshot}.")
    table.facts(out, [("parameters", report.parameters or None), ("hash", report.hash)])
    if report.datasets:
        rows = sorted(report.datasets.items(), key=lambda item: (-item[1], item[0]))
        table.show(out, ["dataset", "samples"], rows)
    for warning in report.warnings:
        out.remark(f"Warning: {warning}")
    out.remark(f"Next: oda export {report.slice} --to jsonl -o out/")


@register(app, "list", "oda slice list")
def _list(session: Session) -> None:
    """List the slices of the lake."""
    from pipelines.curate import slices

    with session.lake() as lake:
        found = slices(lake)
    if session.json:
        session.out.document([item.as_dict() for item in found])
        return
    rows = [
        (
            s.slice,
            s.rows,
            f"{s.snapshot} (expired)" if s.expired else s.snapshot,
            s.created,
            s.hash[:12],
            s.parameters or "",
        )
        for s in found
    ]
    if rows:
        table.show(session.out, ["slice", "samples", "snapshot", "created (UTC)", "hash", "parameters"], rows)
    else:
        session.out.line("No slices yet.")
        session.out.remark('Make one with: oda slice create NAME --sql "select sample_id from scored where …"')


@register(app, "show", "oda slice show rich", "oda slice show rich --members 20  # and its first members")
def _show(
    session: Session,
    *,
    name: Name,
    members: Annotated[int, ANY_COUNT, typer.Option("--members", metavar="N", help="Show the first N members.")] = 5,
) -> None:
    """Show the query, parameters, snapshot and first members of a slice."""
    from pipelines.curate import get_slice, slice_members

    with session.lake() as lake:
        found = get_slice(lake, name)
        first = slice_members(lake, name, limit=members).to_pylist()
    out = session.out
    if out.json:
        out.document({**found.as_dict(), "members": first})
        return
    facts = found.as_dict()
    text = facts.pop("sql")
    table.facts(out, facts.items())
    out.line(f"\n{text.strip()}\n")
    if first:
        table.show(out, ["sample_id", "weight", "reason"], [tuple(row.values()) for row in first])
    out.line(f"{table.count(len(first))} of {table.count(found.rows, 'member')} shown", "dim")


@register(app, "verify", "oda slice verify rich  # exit status 1 when it differs")
def _verify(session: Session, *, name: Name) -> None:
    """Run the query of a slice again at its snapshot and compare the members."""
    from pipelines.curate import verify_slice

    with session.lake() as lake:
        check = verify_slice(lake, name)
    good = check.identical and check.intact
    if session.json:
        session.out.document(check.as_dict())
        if not good:
            raise typer.Exit(1)
        return
    if good:
        session.out.line(f"Slice {name} is identical: the same {table.count(check.rows, 'member')} again.", "green")
    else:
        session.out.line(f"Slice {name} differs from what its query gives at snapshot {check.snapshot}.", "red")
        shown = {key: value for key, value in check.as_dict().items() if key != "today"}
        table.facts(session.out, [(key, list(v) if isinstance(v, tuple) else v) for key, v in shown.items()])
    for sentence in check.today.sentences():
        session.out.line(sentence)
    if not good:
        raise typer.Exit(1)


@register(app, "drop", "oda slice drop rich  # older snapshots still hold it")
def _drop(session: Session, *, name: Name) -> None:
    """Remove a slice; what was exported from it stays, and so do older snapshots."""
    from pipelines.curate import drop_slice

    with session.lake(write=True) as lake:
        rows = drop_slice(lake, name)
        snapshot = lake.snapshot
    if session.json:
        session.out.document({"dropped": name, "rows": rows, "snapshot": snapshot})
    else:
        session.out.line(f"Dropped slice {name} ({table.count(rows, 'member')}).")
