"""`oda evaluate`: a model on benchmarks, and results read from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lake.kinds import Listed, NewName, OneOf, Text
from lake.values import COUNT, EVALUATIONS, EVALUATOR, PARAMETER, PATH
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import RunUnlessTold

app = typer.Typer(
    cls=RunUnlessTold,
    add_completion=False,
    rich_markup_mode=None,
    help="Evaluate a model on benchmarks, list them, and read results of others.",
    epilog=examples(
        "oda evaluate 3f0c5a7e9b1d2c4f --benchmark gsm8k,math_500  # the same as oda evaluate run",
        "oda evaluate benchmarks  # what can be measured, and how",
        "oda evaluate import leaderboard.json --name oda-2025-07  # results published elsewhere",
    ),
)


@app.callback()
def _evaluate() -> None:
    pass


@register(
    app,
    "run",
    "oda evaluate run 3f0c5a7e9b1d2c4f --benchmark gsm8k,math_500",
    "oda evaluate run Qwen/Qwen2.5-7B --role base --template default --benchmark gsm8k",
    "oda evaluate run Qwen/Qwen2.5-7B-Instruct --role instruct --base Qwen/Qwen2.5-7B --benchmark gsm8k --engine vllm",
)
def _run(
    session: Session,
    *,
    model: Annotated[
        str,
        Text("a run, a folder or a name of the hub", 4096),
        typer.Argument(metavar="MODEL", help="A run; or, with --role, a folder or a name of the hub."),
    ],
    benchmark: Annotated[
        list[str],
        Listed(Text("the name of a benchmark", 1000)),
        typer.Option("--benchmark", metavar="A,B", help="Benchmarks, or datasets of the lake that are benchmarks."),
    ],
    role: Annotated[
        str | None,
        OneOf("role", ("base", "instruct")),
        typer.Option("--role", metavar="ROLE", help="What a model is that was not trained here: base or instruct."),
    ] = None,
    base: Annotated[
        str | None,
        Text("the name of a base model", 1000),
        typer.Option("--base", metavar="MODEL", help="The base model beside which an instruct model stands."),
    ] = None,
    template: Annotated[
        str,
        OneOf("template", ("plain", "default")),
        typer.Option("--template", metavar="NAME", help="How such a model is asked: plain or default."),
    ] = "default",
    engine: Annotated[
        str,
        EVALUATOR,
        typer.Option("--engine", metavar="NAME", help="What runs the model: hf (transformers) or vllm."),
    ] = "hf",
    decoding: Annotated[
        str | None,
        PARAMETER,
        typer.Option("--decoding", metavar="NAME=VALUE,…", help="Settings of generation, such as temperature=0.6."),
    ] = None,
    repeats: Annotated[
        int | None,
        EVALUATIONS,
        typer.Option("--repeats", metavar="N", help="Evaluations of each, where answers are drawn; their mean counts."),
    ] = None,
    batch: Annotated[int, COUNT, typer.Option("--batch", metavar="N", help="Questions answered at once.")] = 64,
    limit: Annotated[
        int | None, COUNT, typer.Option("--limit", metavar="N", help="Look at the first N items of each only.")
    ] = None,
    longest: Annotated[
        int, COUNT, typer.Option("--longest", metavar="N", help="Tokens of an answer to a dataset of the lake.")
    ] = 1024,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="Run programs that the model writes, in a sandbox; else refused.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Evaluate what has results, too.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say what it would do, and do nothing.")] = False,
) -> None:
    """Evaluate a model on benchmarks with lm-eval, in a process of its own.

    Values and outcomes on items go into the lake, a commit a benchmark: what has results is not repeated, and a killed
    evaluation repeats only what is missing. A dataset of the lake of kind benchmark is one too: its answers are right
    when they equal the reference answer, up to case. Programs that a model wrote run in a sandbox, and only with
    --allow-code. Where decoding draws
    answers, benchmarks such as AIME are evaluated several times, by other seeds.
    """
    from pipelines.evaluate import evaluate, plan_evaluation

    if role is None:
        session.refuse("template", "base", beside="a run")
    asked = template if role is not None else "plain"
    if plan:
        with session.lake() as lake:
            planned = plan_evaluation(lake, model, benchmark, role=role, base=base, template=asked)
        if session.json:
            session.out.document(planned)
        else:
            headers = ["benchmark", "task of lm-eval", "items", "state"]
            table.show(session.out, headers, [tuple(row.values()) for row in planned])
        return
    with session.lake(write=True) as lake, session.progress() as progress:
        report = evaluate(
            lake,
            model,
            benchmark,
            role=role,
            base=base,
            template=asked,
            engine=engine,
            decoding=decoding,
            repeats=repeats,
            batch_size=batch,
            limit=limit,
            longest=longest,
            allow_code=allow_code,
            again=again,
            progress=progress,
        )
    if session.json:
        session.out.document(report.as_dict())
        return
    rows: list[tuple[str, object]] = list(report.values.items())
    rows += [(name, "known already") for name in report.known]
    table.show(session.out, ["benchmark", "points"], rows)
    session.out.remark("Next: oda leaderboard")


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
    "oda evaluate import results_2026-11-01.json --name cluster --subject math-hard --base Qwen/Qwen2.5-7B",
)
def _import(
    session: Session,
    *,
    file: Annotated[Path, PATH, typer.Argument(metavar="FILE", help="File of results.")],
    name: Annotated[
        str, NewName("import"), typer.Option("--name", metavar="NAME", help="Name the results are known by.")
    ],
    subject: Annotated[
        str | None,
        Text("what a model was trained on", 1000),
        typer.Option(
            "--subject", metavar="NAME", help="What the model was trained on; the model itself if it was not."
        ),
    ] = None,
    base: Annotated[
        str | None,
        Text("the name of a base model", 1000),
        typer.Option("--base", metavar="MODEL", help="Its base model."),
    ] = None,
    role: Annotated[
        str,
        OneOf("role", ("trained", "base", "instruct")),
        typer.Option("--role", metavar="ROLE", help="What the model is: trained, base or instruct."),
    ] = "trained",
    recipe: Annotated[
        str,
        Text("the name of a recipe", 1000),
        typer.Option("--recipe", metavar="NAME", help="Recipe it was trained by."),
    ] = "unknown",
) -> None:
    """Read results of others into the lake, in the place of an earlier import of that name.

    Known are OpenDataArena's leaderboard and its file of scores, lm-eval's results (JSON) and OpenCompass's summary
    (CSV); the last two do not say what they are of: --subject, --base and --role do. What a file does not have is
    missing, not zero.
    """
    from pipelines.import_results import import_results

    with session.lake(write=True) as lake:
        report = import_results(lake, file, name=name, subject=subject, base=base, role=role, recipe=recipe)
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
