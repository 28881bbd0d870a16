"""`oda evaluate`: benchmarks, and results read from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lake.kinds import NewName
from lake.values import PATH
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="List benchmarks, and read results of others.",
    epilog=examples(
        "oda evaluate benchmarks  # what can be measured, and how",
        "oda evaluate import leaderboard.json --name oda-2025-07  # results published elsewhere",
    ),
)


@app.callback()
def _evaluate() -> None:
    pass


@register(app, "benchmarks", "oda evaluate benchmarks")
def _benchmarks(session: Session) -> None:
    """List the benchmarks with domain, metric, shots and verifier, and how each can be run here."""
    from dataclasses import asdict

    from pipelines.evaluating.benchmarks import benchmarks

    known = list(benchmarks().values())
    if session.json:
        session.out.document([asdict(item) for item in known])
        return
    rows = [
        (
            item.name,
            item.domain,
            item.metric,
            item.shots,
            item.verifier,
            item.task or f"missing: needs {item.needs}",
            item.differs or "–",
        )
        for item in known
    ]
    table.show(
        session.out, ["benchmark", "domain", "metric", "shots", "verifier", "task of lm-eval", "what differs"], rows
    )


@register(
    app,
    "import",
    "oda evaluate import oda_leaderboard.json --name oda-2025-07",
    "oda evaluate import oda_scores.json --name oda-2025-07  # the scores shown with it",
)
def _import(
    session: Session,
    *,
    file: Annotated[Path, PATH, typer.Argument(metavar="FILE", help="File of results.")],
    name: Annotated[
        str, NewName("import"), typer.Option("--name", metavar="NAME", help="Name the results are known by.")
    ],
) -> None:
    """Read results of others into the lake, in the place of an earlier import of that name.

    Known are OpenDataArena's leaderboard and its file of scores. What a file does not have is missing, not zero.
    """
    from pipelines.import_results import import_results

    with session.lake(write=True) as lake:
        report = import_results(lake, file, name=name)
    if session.json:
        session.out.document(report.as_dict())
        return
    parts = [
        table.count(report.runs, "run") if report.runs else "",
        table.count(report.evaluations, "result") if report.evaluations else "",
        table.count(report.scores, "score") if report.scores else "",
    ]
    session.out.line(f"Read {', '.join(part for part in parts if part)} as {name}: {report.format}.")
    for remark in report.remarks:
        session.out.remark(remark)
    session.out.remark(f"Next: oda leaderboard --origin {name}")
