"""`oda leaderboard`: what training on each dataset added to a model, and how sure the order is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.kinds import OneOf, Text
from lake.values import CONFIDENCE, PATH, TOP
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import ShowUnlessTold

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.boards.gather import Which


app = typer.Typer(
    cls=ShowUnlessTold,
    add_completion=False,
    rich_markup_mode=None,
    help="Show what training on each dataset added to a model, with rank sets and what cannot be told apart.",
    epilog=examples(
        "oda leaderboard --base Qwen2.5-7B  # the same as oda leaderboard show",
        "oda leaderboard compare clean noisy  # can they be told apart, and what would it take",
        "oda leaderboard axes --base Qwen2.5-7B  # which axis orders datasets as training does",
    ),
)

Base = Annotated[
    str | None, Text("the name of a base model", 1000), typer.Option("--base", metavar="MODEL", help="Base model.")
]
Recipe = Annotated[
    str | None, Text("the name of a recipe", 1000), typer.Option("--recipe", metavar="NAME", help="Recipe of training.")
]
Origin = Annotated[
    str | None,
    Text("the name of an import, or lake", 1000),
    typer.Option("--origin", metavar="NAME", help="Where results come from: lake, or the name of an import."),
]
Measure = Annotated[
    str,
    Text("overall, a domain or a benchmark", 1000),
    typer.Option("--measure", metavar="NAME", help="Overall, a domain or a benchmark."),
]
Grouping = Annotated[
    str,
    OneOf("grouping", ("catalogue", "source")),
    typer.Option(
        "--grouping",
        metavar="HOW",
        help="Domains of the catalogue of benchmarks, or as the source of an import counts.",
    ),
]
Level = Annotated[float, CONFIDENCE, typer.Option("--level", metavar="SHARE", help="Level of all intervals.")]

FORMATS = {".csv": "CSV", ".json": "JSON", ".md": "Markdown", ".html": "HTML"}


@app.callback()
def _leaderboard() -> None:
    pass


def _which(lake: Lake, **named: Any) -> Which:
    from pipelines.boards.gather import choose

    return choose(lake, **named)


@register(
    app,
    "show",
    "oda leaderboard show --base Qwen2.5-7B",
    "oda leaderboard show --base Qwen2.5-7B --measure math --top 10",
    "oda leaderboard show --base Qwen2.5-7B -o board.html  # one page with charts; also .csv, .json, .md",
    "oda leaderboard show --clean  # without the items that stand in some training data",
)
def _show(
    session: Session,
    *,
    base: Base = None,
    recipe: Recipe = None,
    origin: Origin = None,
    measure: Measure = "overall",
    grouping: Grouping = "catalogue",
    level: Level = 0.95,
    top: Annotated[int, TOP, typer.Option("--top", metavar="K", help="The top that P(top K) is of.")] = 5,
    clean: Annotated[bool, typer.Option("--clean", help="Leave out items found in any training data.")] = False,
    output: Annotated[
        Path | None,
        PATH,
        typer.Option("--output", "-o", metavar="FILE", help="Write it: .csv, .json, .md or .html."),
    ] = None,
) -> None:
    """Show a board: scores with intervals, possible ranks, gain per sample and token.

    A rank is a set: 2–4 says that the data allow every rank from 2 to 4, for all datasets at once at the level. What a
    row lacks is missing, not zero, and a row without every benchmark of the base model is not ranked.
    """
    from pipelines.leaderboard import leaderboard

    if output is not None and output.suffix not in FORMATS:
        raise UsageError(f"{output} is none of {', '.join(FORMATS)}.", hint="The ending says the format.").about(output)
    with session.lake() as lake:
        which = _which(lake, base=base, recipe=recipe, origin=origin, grouping=grouping, measure=measure)
        board = leaderboard(lake, which, level=level, k=top, clean=clean)
        if output is not None:
            _write(lake, board, output)
    if session.json:
        session.out.document(board.as_dict())
        return
    if output is not None:
        session.out.line(f"Wrote {output}: {table.count(len(board.rows), 'row')}.")
        return
    from pipelines.boards.tables import HEADERS, sentence, shown

    headers = [name if name != "top" else f"P(top {top})" for name in HEADERS]
    session.out.line(f"{which.base}, {which.measure}, recipe {which.recipe}, results of {which.origin}", "bold")
    table.show(session.out, headers, [shown(row) for row in board.rows])
    dirty = [row for row in board.rows if row.contaminated]
    for row in dirty:
        session.out.line(_adjusted(row), "yellow")
    session.out.line(sentence(board), "dim")


def _adjusted(row: Any) -> str:
    from pipelines.boards.tables import number

    found = f"{row.subject} was trained on {table.count(row.contaminated, 'item')} of the benchmarks"
    if row.adjusted is None:
        return f"{found}, on all of one of them: nothing is left to adjust with."
    beside = "" if row.adjusted_delta is None else f" ({number(row.adjusted_delta, sign=True)} against base)"
    return f"{found}; without them it scores {number(row.adjusted)}{beside}."


def _write(lake: Lake, board: Any, output: Path) -> None:
    from lake.whole_file import write_whole
    from pipelines.boards import tables
    from pipelines.boards.page import page
    from pipelines.leaderboard import agreement_of_bases, axes_against_gains

    if output.suffix == ".html":
        axes = axes_against_gains(lake, board.which, level=board.level)
        text = page(board, agreements=agreement_of_bases(lake, board.which, level=board.level), axes=axes)
    else:
        text = {".csv": tables.as_csv, ".json": tables.as_json, ".md": tables.as_markdown}[output.suffix](board)
    write_whole(output, text.encode())


@register(app, "list", "oda leaderboard list")
def _list(session: Session) -> None:
    """List the boards: every base model, recipe and origin with results."""
    from pipelines.boards.gather import boards

    with session.lake() as lake:
        found = boards(lake)
    if session.json:
        session.out.document(found)
    elif found:
        names = ["base", "recipe", "origin", "subjects", "runs", "benchmarks"]
        table.show(session.out, names, [tuple(board[name] for name in names) for board in found])
    else:
        session.out.line("No results yet.")
        session.out.remark("Read some with: oda evaluate import FILE --name NAME")


@register(
    app,
    "compare",
    "oda leaderboard compare clean noisy --base tiny",
    "oda leaderboard compare OpenThoughts-114k tulu3-sft-mixture --base Qwen2.5-7B --measure math",
)
def _compare(
    session: Session,
    *,
    first: Annotated[str, Text("a subject", 1000), typer.Argument(metavar="FIRST", help="One subject.")],
    second: Annotated[str, Text("a subject", 1000), typer.Argument(metavar="SECOND", help="Another one.")],
    base: Base = None,
    recipe: Recipe = None,
    origin: Origin = None,
    measure: Measure = "overall",
    grouping: Grouping = "catalogue",
    level: Level = 0.95,
) -> None:
    """Say whether two subjects can be told apart, and what it would take if not.

    The verdict holds for all pairs of the board at once. Paired tests on shared items follow where items are known.
    """
    from pipelines.boards.tables import interval
    from pipelines.leaderboard import compare_subjects

    with session.lake() as lake:
        which = _which(lake, base=base, recipe=recipe, origin=origin, grouping=grouping, measure=measure)
        found = compare_subjects(lake, which, first, second, level=level)
    out = session.out
    if out.json:
        out.document({"base": which.base, "measure": which.measure, "level": level, **found.as_dict()})
        return
    out.line(f"{first} and {second}: {found.verdict}.", "bold")
    table.facts(
        out,
        [
            ("difference", interval(found.difference, 2, sign=True)),
            ("with all pairs of the board", interval(found.simultaneous, 2, sign=True)),
            ("runs each that would tell", _needed(found.need.runs)),
            ("items each that would tell", _needed(found.need.items)),
        ],
    )
    if found.benchmarks:
        out.line()
        rows = [
            (
                name,
                interval(pair.difference, 3, sign=True),
                pair.difference.n,
                pair.clusters,
                pair.only_first,
                pair.only_second,
                pair.mcnemar,
            )
            for name, pair in found.benchmarks.items()
        ]
        table.show(
            out, ["benchmark", "difference", "items", "clusters", f"only {first}", f"only {second}", "McNemar p"], rows
        )


def _needed(number: int | None) -> str:
    return "no number of them is enough, or it is not known" if number is None else f"{number:,}"


@register(app, "agreement", "oda leaderboard agreement --origin oda-2025-07")
def _agreement(
    session: Session,
    *,
    base: Base = None,
    recipe: Recipe = None,
    origin: Origin = None,
    grouping: Grouping = "catalogue",
    level: Level = 0.95,
) -> None:
    """Show how far base models order the same datasets alike, overall and by domain."""
    from pipelines.boards.findings import base_agreements
    from pipelines.boards.gather import one_origin
    from pipelines.boards.tables import interval

    with session.lake() as lake:
        name = one_origin(lake, base=base, recipe=recipe, origin=origin)
        found = base_agreements(lake, name, grouping, level=level)
    if session.json:
        session.out.document([item.as_dict() for item in found])
        return
    rows = [
        (
            item.measure,
            f"{item.first}, {item.second}",
            item.agreement.spearman.n,
            interval(item.agreement.spearman, 3),
            interval(item.agreement.accuracy, 2),
        )
        for item in found
    ]
    if rows:
        table.show(session.out, ["measure", "models", "datasets", "rank correlation", "pairs ordered alike"], rows)
    else:
        session.out.line("No two base models have results on the same datasets.")


@register(
    app,
    "axes",
    "oda leaderboard axes --base Qwen2.5-7B",
    "oda leaderboard axes --base Qwen2.5-7B --measure math --json",
)
def _axes(
    session: Session,
    *,
    base: Base = None,
    recipe: Recipe = None,
    origin: Origin = None,
    measure: Measure = "overall",
    grouping: Grouping = "catalogue",
    level: Level = 0.95,
) -> None:
    """Show how often each axis and cheap proxy orders two datasets as training on them does.

    One half is a coin. Intervals are over datasets, and how many there are stands beside each.
    """
    from pipelines.boards.tables import interval, number
    from pipelines.leaderboard import axes_against_gains

    with session.lake() as lake:
        which = _which(lake, base=base, recipe=recipe, origin=origin, grouping=grouping, measure=measure)
        found = axes_against_gains(lake, which, level=level)
    if session.json:
        session.out.document([item.as_dict() for item in found])
        return
    rows = [
        (
            item.axis,
            item.kind,
            item.agreement.spearman.n,
            interval(item.agreement.accuracy, 2),
            interval(item.certain, 2),
            interval(item.agreement.spearman, 2),
            number(item.holm, 3),
        )
        for item in found
    ]
    if rows:
        headers = [
            "axis",
            "kind",
            "datasets",
            "decision accuracy",
            "on pairs told apart",
            "rank correlation",
            "p (Holm)",
        ]
        table.show(session.out, headers, rows)
    else:
        session.out.line("No axis has values for three subjects of this board.")
