"""`oda contamination`: which datasets hold which benchmark items, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.kinds import Listed
from lake.values import DATASET, FRACTION, RESOURCE, RUN_WORDS, SIMILARITY
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from lake.catalog import Lake
    from pipelines.contamination import ContaminationReport
    from scorers.engines.interface import Engine

_SHOWN = 40

_EXAMPLES = """
select benchmark, item_id, sample_id, method, coverage, longest_run, answer, matched
from contamination
where verdict = 'contaminated' and dataset = ? and list_contains($2, benchmark)
qualify
    row_number() over (partition by benchmark order by weight desc, longest_run desc, item_id, sample_id, method) <= 3
order by benchmark, weight desc, longest_run desc, item_id, sample_id
"""


@single(
    "contamination",
    "oda contamination  # every training dataset against every benchmark, only what is new",
    "oda contamination openr1  # one dataset, with examples",
    "oda contamination --benchmark math500,aime24  # some benchmarks",
    "oda contamination --embeddings  # rephrased items too, where oda embed has been",
    'oda sql "from contamination_summary"  # the same as a relation',
)
def app(
    session: Session,
    *,
    datasets: Annotated[
        list[str] | None,
        DATASET,
        typer.Argument(metavar="DATASET", help="Default: every training dataset.", autocompletion=complete.datasets),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        Listed(DATASET),
        typer.Option(
            "--benchmark", metavar="A,B", help="Benchmarks to look for; default: all.", autocompletion=complete.datasets
        ),
    ] = None,
    ngram: Annotated[int, RUN_WORDS, typer.Option("--ngram", metavar="N", help="Words of a run; 13 finds less.")] = 8,
    least: Annotated[
        float,
        FRACTION,
        typer.Option("--least", metavar="SHARE", help="Share of an item's runs, by weight, that make a finding."),
    ] = 0.5,
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="Compare stored embeddings as well; oda embed makes them.")
    ] = False,
    similar: Annotated[
        float,
        SIMILARITY,
        typer.Option(
            "--similar", metavar="COSINE", help="Cosine of embeddings from which on a sample is contaminated."
        ),
    ] = 0.85,
    judge: Annotated[
        str | None,
        RESOURCE,
        typer.Option(
            "--judge",
            metavar="MODEL",
            help="Model that says whether what is only alike is the item; embeddings alone are traces then.",
        ),
    ] = None,
) -> None:
    """Look for benchmark items in the prompts and answers of training datasets, and say what was found.

    Equal prompts, runs of words with the item's coverage and longest run, the same with other numbers, and prompts
    that are nearly an item's. What was scanned before by the same rules is not scanned again.
    """
    if not embeddings:
        session.refuse("similar", beside="no --embeddings")
    elif judge:
        session.refuse("similar", beside="--judge", hint="The judge decides.")
    from pipelines import contamination as steps  # 0.6 s: numpy, pyarrow, duckdb
    from pipelines.contaminating.parameters import Meaning, Scanning

    scanning = Scanning(ngram=ngram, least=least)
    sure = 1.0 if judge else similar
    meaning = Meaning(similar=sure, doubtful=min(sure, Meaning.doubtful)) if embeddings else None
    with session.lake(write=True) as lake, session.progress() as progress:
        with _engine(lake, judge) as engine:
            report = steps.contamination(
                lake,
                datasets or None,
                benchmarks=benchmark or None,
                scanning=scanning,
                meaning=meaning,
                engine=engine,
                progress=progress,
            )
        examples = _examples(lake, report) if datasets and len(datasets) == 1 else []
    if session.json:
        session.out.document({**report.as_dict(), "examples": examples})
    else:
        _tell(session, report, examples)


@contextmanager
def _engine(lake: Lake, model: str | None) -> Iterator[Engine | None]:
    """The judge, running while it is needed."""
    if model is None:
        yield None
        return
    from scorers.engines.opening import start
    from scorers.engines.options import Options
    from scorers.models.known import known

    engine = start(known(lake.settings).find(model), Options(threads=lake.settings.threads))
    try:
        yield engine
    finally:
        engine.close()


def _examples(lake: Lake, report: ContaminationReport) -> list[dict[str, Any]]:
    if not report.leaks:
        return []
    names = ("benchmark", "item_id", "sample_id", "method", "coverage", "longest_run", "answer", "matched")
    sql = _EXAMPLES.replace("dataset = ?", "dataset = $1")
    rows = lake.rows(sql, [report.leaks[0].dataset, [leak.benchmark for leak in report.leaks]])
    return [dict(zip(names, row, strict=True)) for row in rows]


def _tell(session: Session, report: ContaminationReport, examples: list[dict[str, Any]]) -> None:
    out = session.out
    if report.leaks:
        table.show(
            out,
            ["dataset", "benchmark", "items", "of", "rate", "rows", "row rate", "verbatim", "with answer", "severity"],
            [
                (
                    leak.dataset,
                    leak.benchmark,
                    leak.items_hit,
                    leak.items,
                    f"{leak.item_rate:.1%}",
                    leak.rows_hit,
                    f"{leak.row_rate:.2%}",
                    leak.verbatim,
                    leak.with_answer,
                    leak.severity,
                )
                for leak in report.leaks[:_SHOWN]
            ],
        )
    if len(report.leaks) > _SHOWN:
        out.remark(f'{_SHOWN} of {len(report.leaks):,} rows; all of them: oda sql "from contamination_summary"')
    if examples:
        out.line()
        columns = ("benchmark", "item_id", "sample_id", "method", "coverage", "longest_run", "answer", "matched")
        rows = [[round(row[c], 2) if c == "coverage" else row[c] for c in columns] for row in examples]
        table.show(out, columns, rows)
    held = {leak.dataset for leak in report.leaks}
    of = f"{len(held):,} of {table.count(report.datasets, 'dataset')} hold items of"
    done = f"{table.count(report.scanned, 'sample')} scanned in {table.duration(report.seconds)}"
    out.line(f"{of} {table.count(report.benchmarks, 'benchmark')}; {done}.")
    if report.unanswered:
        out.remark(f"The judge gave no answer on {table.count(report.unanswered, 'pair')}; the next run asks again.")
    if report.unembedded:
        out.remark(f"Without embeddings, so not compared: {', '.join(report.unembedded)}")
    if held:
        out.remark("Next: oda slice create NAME --sql … --decontaminate leaves such samples out")
