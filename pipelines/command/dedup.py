"""`oda dedup`: near-duplicates, with evidence for every decision."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.kinds import Listed
from lake.values import (
    AXIS,
    CLUSTERING,
    COMPARED,
    DATASET,
    MODEL,
    NGRAM,
    PERMUTATIONS,
    SAMPLE_ID,
    SEED,
    SHINGLES,
    SIMILARITY,
    UNIT,
)
from pipelines.command import complete
from pipelines.command.session import Session, examples, register, with_session
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group
from pipelines.command.terminal.output import coloured, styled

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.deduping.explain import Explanation
    from pipelines.deduping.reports import DedupPlan, DedupReport

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Find near-duplicates among all training samples, and explain each decision.",
    epilog=examples(
        "oda dedup  # instruction and response together",
        "oda dedup --view instruction --threshold 0.8 --plan  # what would be done",
        "oda dedup --view meaning --threshold 0.9  # embeddings of the lake (oda embed), by their cosine",
        "oda dedup explain 4294967296  # the pair side by side, shared shingles highlighted",
        'oda sql "from near_duplicates limit 5"  # the same as a relation',
    ),
)

_SHOWN = 20
_LINES = 40


@app.callback(invoke_without_command=True)
@with_session
def _find(
    session: Session,
    *,
    view: Annotated[
        str,
        COMPARED,
        typer.Option(
            "--view", metavar="VIEW", help="What is compared: sample, instruction, response, or meaning (embeddings)."
        ),
    ] = "sample",
    threshold: Annotated[
        float | None,
        SIMILARITY,
        typer.Option(
            "--threshold", metavar="J", help="Least exact Jaccard index (0.75) or cosine of a pair (0.95 for meaning)."
        ),
    ] = None,
    model: Annotated[
        str,
        MODEL,
        typer.Option("--model", metavar="MODEL", help="Embedding model of meaning; default: of the settings."),
    ] = "",
    unit: Annotated[
        str, UNIT, typer.Option("--unit", metavar="UNIT", help="What a token is: word or character.")
    ] = "word",
    ngram: Annotated[int, NGRAM, typer.Option("--ngram", metavar="N", help="Tokens of a shingle.")] = 5,
    permutations: Annotated[
        int,
        PERMUTATIONS,
        typer.Option("--permutations", metavar="N", help="Of a signature."),
    ] = 112,
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Seed of the permutations.")] = 1,
    minimum: Annotated[
        int,
        SHINGLES,
        typer.Option("--minimum", metavar="N", help="Shingles a text needs; shorter ones match exactly only."),
    ] = 5,
    clusters: Annotated[
        str,
        CLUSTERING,
        typer.Option(
            "--clusters", metavar="WAY", help="components (whoever is linked) or star (all match their survivor)."
        ),
    ] = "components",
    prefer: Annotated[
        list[str] | None,
        Listed(DATASET),
        typer.Option(
            "--prefer", metavar="A,B", help="Datasets whose samples survive first.", autocompletion=complete.datasets
        ),
    ] = None,
    axis: Annotated[
        str,
        AXIS,
        typer.Option("--axis", metavar="AXIS", help="Then the higher score survives.", autocompletion=complete.axes),
    ] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done; run nothing.")] = False,
) -> None:
    """Find near-duplicates: shingles, signatures, candidates by band, exact verification, clusters, survivors.

    Nothing is deleted: the relation `near_duplicates` says which sample stands for which, how similar they are and
    why. Only new samples are signed and compared with what stands; the result is that of a full run.
    """
    if session.subcommand is not None:
        session.refuse(*session.given, beside=session.subcommand, hint="What explain takes stands after it.")
        return
    from pipelines import dedup as steps  # 0.6 s: numpy, pyarrow, duckdb
    from pipelines.deduping.parameters import EMBEDDED, EmbeddingComparison, Matching, Signing

    if view == EMBEDDED:
        session.refuse("unit", "ngram", "permutations", "seed", "minimum", beside="--view meaning")
    else:
        session.refuse("model", beside=f"--view {view}", hint="Add --view meaning.")
    chosen = tuple(prefer or ())
    given: dict[str, Any] = {} if threshold is None else {"threshold": threshold}
    if view == EMBEDDED:
        if plan:
            raise UsageError(
                "Of meanings there is no plan: every embedding is compared.",
                hint='oda sql "from embeddings" shows them.',
            )
        comparison = EmbeddingComparison(model, method=clusters, prefer=chosen, axis=axis, **given)
        with session.lake(write=True) as lake, session.progress() as progress:
            _report(session, steps.dedup_by_embedding(lake, comparison, progress=progress))
        return
    signing = Signing(view=view, unit=unit, ngram=ngram, permutations=permutations, seed=seed)
    matching = Matching(minimum=minimum, method=clusters, prefer=chosen, axis=axis, **given)
    if plan:
        with session.lake() as lake:
            planned = steps.plan(lake, signing, matching)
        if session.json:
            session.out.document(planned.as_dict())
        else:
            _tell_plan(session, planned)
        return
    with session.lake(write=True) as lake, session.progress() as progress:
        _report(session, steps.dedup(lake, signing, matching, progress=progress))


def _report(session: Session, report: DedupReport) -> None:
    if session.json:
        session.out.document(report.as_dict())
    else:
        _tell(session, report)


def _tell_plan(session: Session, planned: DedupPlan) -> None:
    out = session.out
    rows = sorted(planned.to_sign.items(), key=lambda item: (-item[1], item[0]))
    if rows:
        table.show(out, ["dataset", "samples to sign"], rows)
    bands, width = planned.parameters["bands"], planned.parameters["rows"]
    out.line(f"{table.count(planned.signed, 'sample')} signed already, {sum(planned.to_sign.values()):,} to sign.")
    how = "new samples against all" if planned.incremental else "all samples against all"
    out.line(f"{bands} bands of {width} rows; candidates: {how}.")
    table.show(
        out, ["Jaccard index", "chance to be compared"], [(f"{j:.2f}", f"{p:.1%}") for j, p in planned.curve.items()]
    )


def _tell(session: Session, report: DedupReport) -> None:
    out = session.out
    if report.loss:
        table.show(
            out,
            ["dataset", "samples", "excluded", "share", "exact", "near", "chain", "to own survivors"],
            [
                (
                    item.dataset,
                    item.samples,
                    item.excluded,
                    f"{item.share:.1%}",
                    item.exact,
                    item.near,
                    item.chain,
                    item.inside,
                )
                for item in report.loss
            ],
        )
    share = f" ({report.excluded / report.compared:.1%})" if report.compared else ""
    out.line(
        f"{report.excluded:,} of {table.count(report.compared, 'sample')}{share} have a survivor in "
        f"{table.count(report.clusters, 'cluster')}; {table.count(report.pairs, 'verified pair')}."
    )
    if report.largest:
        top = report.largest[0]
        out.line(f"The largest cluster has {top.members:,} members of {table.count(top.datasets, 'dataset')}.")
    for flag in report.flags:
        out.line(f"Look at: {flag}.", "yellow")
    out.line(f"Done in {table.duration(sum(report.seconds.values()))}.")
    if report.excluded:
        out.remark(f'Next: oda dedup explain {report.largest[0].cluster}, or oda sql "from near_duplicates limit 5"')


@register(
    app,
    "explain",
    "oda dedup explain 4294967296",
    "oda dedup explain 4294967296 --view instruction --full  # texts uncut",
)
def _explain(
    session: Session,
    *,
    sample_id: Annotated[int, SAMPLE_ID, typer.Argument(metavar="SAMPLE_ID", help="Sample to explain.")],
    view: Annotated[
        str, COMPARED, typer.Option("--view", metavar="VIEW", help="sample, instruction, response or meaning.")
    ] = "sample",
    full: Annotated[bool, typer.Option("--full", help="Show the texts uncut.")] = False,
) -> None:
    """Say why a sample is or is not excluded: its survivor side by side, shared shingles highlighted, its pairs."""
    from pipelines.deduping.explain import explain

    with session.lake() as lake:
        found = explain(lake, sample_id, view)
    if session.json:
        session.out.document(found.as_dict())
    else:
        _tell_explanation(session, found, full=full)


def _tell_explanation(session: Session, found: Explanation, *, full: bool) -> None:
    out = session.out
    out.line(found.verdict)
    if found.pairs:
        shown = found.pairs[:_SHOWN]
        if found.pairs[0].cosine is not None:
            table.show(out, ["pair with", "dataset", "cosine"], [(p.sample_id, p.dataset, p.cosine) for p in shown])
        else:
            rows = [(p.sample_id, p.dataset, p.jaccard, p.estimate, p.shared_bands) for p in shown]
            table.show(out, ["pair with", "dataset", "jaccard", "estimate", "shared bands"], rows)
    if found.texts:
        from pipelines.command.terminal.side_by_side import lines

        out.line()
        colour = coloured(sys.stdout)
        side = lines(
            found.texts, width=table.room(), most=None if full else _LINES, mark=_mark(colour), marks=0 if colour else 2
        )
        for line in side:
            out.line(line)
        out.line(styled("Marked: words of shingles that both share.", "dim", enabled=colour))


def _mark(colour: bool) -> Callable[[str], str]:
    return (lambda text: styled(text, "green", enabled=True)) if colour else (lambda text: f"[{text}]")
