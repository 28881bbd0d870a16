"""`oda slice`: named selections of samples that can be made again exactly."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import LakeError, UsageError
from lake.kinds import NewName, Text
from lake.values import ANY_COUNT, AXIS, PARAMETER, QUERY, SLICE, SNAPSHOT
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.sql import pairs
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group
from pipelines.command.weights import EXAMPLES, weights

if TYPE_CHECKING:
    from pipelines.curate import SliceReport

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Make, list, show, verify and drop slices: named selections of samples.",
    epilog=examples(
        'oda slice create rich --sql "select sample_id from scored where mtld > 80" --decontaminate',
        "oda slice verify rich  # the same members again, at the same snapshot?",
        "oda export rich --to llamafactory -o out/factory",
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
    'oda slice create rich --sql "select sample_id from scored where mtld > 80" --decontaminate  # no benchmark items',
    "oda slice create math-hard -f recipes/math_hard.sql -p tokens=50e6",
    "oda slice create rich -f rich.sql --at 12 --replace  # from the lake as it was at snapshot 12",
    "oda slice create spread -f k_center -p budget=2000 -p within=rich  # diverse, by embeddings",
)
def _create(
    session: Session,
    *,
    name: Annotated[str, NewName("slice"), typer.Argument(metavar="NAME", help="Name of the slice.")],
    file: Annotated[
        str | None,
        RECIPE,
        typer.Option(
            "--file",
            "-f",
            metavar="FILE",
            help="File with the query, or the name of a ready-made recipe (see: oda slice recipes).",
            autocompletion=complete.recipes,
        ),
    ] = None,
    sql: Annotated[str | None, QUERY, typer.Option("--sql", metavar="QUERY", help="The query itself.")] = None,
    parameter: Annotated[
        list[str] | None,
        PARAMETER,
        typer.Option(
            "--parameter",
            "-p",
            metavar="NAME=VALUE",
            help="Value of a parameter; repeatable.",
            autocompletion=complete.parameters,
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a slice of that name.")] = False,
    at: Annotated[
        int | None, SNAPSHOT, typer.Option("--at", metavar="SNAPSHOT", help="Select from the lake as it was.")
    ] = None,
    baselines: Annotated[
        bool,
        typer.Option(
            "--baselines", help="Also make NAME-random and NAME-length-matched: what the selection has to beat."
        ),
    ] = False,
    cost: Annotated[
        str,
        AXIS,
        typer.Option("--cost", metavar="AXIS", help="What baselines cost as much of: characters, or token_length."),
    ] = "characters",
    decontaminate: Annotated[
        bool, typer.Option("--decontaminate", help="Leave out samples that are or hold benchmark items, and say why.")
    ] = False,
    allow_benchmarks: Annotated[
        bool,
        typer.Option("--allow-benchmarks", help="Take them in; benchmark items are refused otherwise."),
    ] = False,
) -> None:
    """Select samples with a query and keep them under a name.

    The query gives `sample_id`, and may give `weight` and `reason`. The slice keeps query, parameters, snapshot
    and members, so it can be verified and exported at any time. Most published selections do not beat a random one
    of the same budget: --baselines makes those beside it.
    """
    if not baselines:
        session.refuse("cost", beside="no --baselines")
    if (file is None) == (sql is None):
        raise UsageError("A slice needs one query.", hint="Give it with --sql QUERY or with -f FILE.")
    from pipelines.curate import baselines as make_baselines
    from pipelines.curate import create_slice
    from pipelines.slicing.held_items import ALLOW, LEAVE_OUT, choice

    benchmarks = choice(decontaminate=decontaminate, allow_benchmarks=allow_benchmarks)
    query: str | Path = sql or ""
    if file is not None:
        query = Path(file) if Path(file).suffix or Path(file).exists() else file
    with session.lake(write=True) as lake, session.progress() as progress:
        report = create_slice(
            lake,
            name,
            query,
            parameters=pairs(parameter or []),
            replace=replace,
            at=at,
            benchmarks=benchmarks,
            progress=progress,
        )
        drawn = ALLOW if allow_benchmarks else LEAVE_OUT
        beside = make_baselines(lake, name, cost=cost, benchmarks=drawn) if baselines else []
    if session.json:
        document = report.as_dict()
        session.out.document({**document, "baselines": [made.as_dict() for made in beside]} if baselines else document)
        return
    _tell(session, report)
    for made in beside:
        session.out.line(f"Slice {made.slice} made beside it: {table.count(made.rows, 'sample')}.")


def _tell(session: Session, report: SliceReport) -> None:
    out = session.out
    verb = "replaced" if report.replaced else "created"
    out.line(f"Slice {report.slice} {verb}: {table.count(report.rows, 'sample')} at snapshot {report.snapshot}.")
    table.facts(out, [("parameters", report.parameters or None), ("hash", report.hash)])
    if report.datasets:
        rows = sorted(report.datasets.items(), key=lambda item: (-item[1], item[0]))
        table.show(out, ["dataset", "samples"], rows)
    for reason, samples in report.left_out.items():
        out.line(f"Left out: {table.count(samples, 'sample')}, each {reason}.")
    if report.left_out:
        out.remark(f"Which: oda sql \"from slice_exclusions where slice = '{report.slice}'\"")
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


@register(
    app,
    "show",
    "oda slice show rich",
    "oda slice show rich --members 20  # and its first members",
    "oda slice show rich --texts --json  # what they say in the document too",
)
def _show(
    session: Session,
    *,
    name: Name,
    members: Annotated[int, ANY_COUNT, typer.Option("--members", metavar="N", help="Show the first N members.")] = 5,
    texts: Annotated[bool, typer.Option("--texts", help="With --json: put their texts into the document.")] = False,
) -> None:
    """Show what a slice was made of and by which query, how it was exported, and its first members with their texts."""
    from pipelines.curate import get_slice, slice_datasets, slice_members, slice_texts
    from pipelines.exporting.choices import kept_exports
    from pipelines.exporting.source import Subject

    with session.lake() as lake:
        found = get_slice(lake, name)
        of = slice_datasets(lake, name)
        exports = [asdict(each) for each in kept_exports(lake, Subject(name, found.snapshot, found))]
        part = slice_members(lake, name, limit=members)
        if texts or not session.json:
            with contextlib.nullcontext() if texts else contextlib.suppress(LakeError):  # members of an older lake
                part = slice_texts(lake, name, limit=members)
        first = part.to_pylist()
    out = session.out
    if out.json:
        out.document({**found.as_dict(), "datasets": of, "exports": exports, "members": first})
        return
    facts = found.as_dict()
    text = facts.pop("sql")
    table.facts(out, [*facts.items(), ("datasets", of)])
    out.line(f"\n{text.strip()}\n")
    if exports:
        table.show(out, ["exported as", "folder", "choices"], [_export(**each) for each in exports])
    if first:
        table.show(out, part.column_names, [tuple(row.values()) for row in first])
    out.line(f"{table.count(len(first))} of {table.count(found.rows, 'member')} shown", "dim")


def _export(format: str, folder: str, choices: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:  # noqa: A002
    return format, folder, {name: value for name, value in choices.items() if value}


@register(app, "recipes", "oda slice recipes", "oda slice create varied -f top_by_axis -p axis=mtld -p budget=20000")
def _recipes(session: Session) -> None:
    """List the ready-made selections with their parameters."""
    from lake.relations import catalogue
    from pipelines.slicing.selection import recipe_names

    found = [catalogue()[name] for name in recipe_names()]
    if session.json:
        session.out.document(
            [
                {"recipe": each.name, "gives": each.grain, "parameters": [asdict(one) for one in each.parameters]}
                for each in found
            ]
        )
        return
    for each in found:
        session.out.line(each.name, "bold")
        session.out.line(f"  {each.grain}")
        for one in each.parameters:
            default = "required" if one.default is None else f"default {one.default}"
            session.out.line(f"    -p {one.name}={one.type.upper()}  {one.comment}; {default}")


register(app, "weights", *EXAMPLES)(weights)


@register(app, "diff", "oda slice diff rich richer", "oda slice diff rich rich-random --rows 100 --json")
def _diff(
    session: Session,
    *,
    first: Annotated[str, SLICE, typer.Argument(metavar="FIRST", help="One slice.", autocompletion=complete.slices)],
    second: Annotated[
        str, SLICE, typer.Argument(metavar="SECOND", help="Another one.", autocompletion=complete.slices)
    ],
    rows: Annotated[int, ANY_COUNT, typer.Option("--rows", metavar="N", help="Show the first N differences.")] = 20,
) -> None:
    """Show what two slices have apart, member by member.

    A member is a content of a dataset: a dataset that was ingested again makes no difference.
    """
    from pipelines.curate import compare_slices

    with session.lake() as lake:
        found = compare_slices(lake, first, second, limit=rows)
    out = session.out
    if out.json:
        out.document(found.as_dict())
        return
    out.line(
        f"{table.count(found.shared, 'member')} in both, {found.only_first:,} only in {first}, "
        f"{found.only_second:,} only in {second}, {found.changed:,} with another weight."
    )
    if found.by_dataset:
        table.show(
            out,
            ["dataset", f"only {first}", f"only {second}", "changed"],
            [tuple(row.values()) for row in found.by_dataset],
        )
    if found.rows:
        names = {"first": first, "second": second, "changed": "both"}
        table.show(
            out,
            ["in", "dataset", "sample_id", "weight", "weight there", "reason", "reason there"],
            [(names[row["place"]], *list(row.values())[1:]) for row in found.rows],
        )


@register(app, "verify", "oda slice verify rich  # exit status 1 when it differs")
def _verify(session: Session, *, name: Name) -> None:
    """Run the query of a slice again at its snapshot and compare the members."""
    from pipelines.curate import verify_slice

    with session.lake() as lake, session.progress() as progress:
        check = verify_slice(lake, name, progress=progress)
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
