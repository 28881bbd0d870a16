"""`oda score`: measure datasets on axes, doing only what is not done yet."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.errors import UsageError
from lake.first_use import kept
from lake.kinds import Assigned, Listed
from lake.values import AXIS, COUNT, DATASET, PRICE, RESOURCE, ROWS, SEED
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from pipelines.deriving.reports import DeriveReport
    from pipelines.scoring.reports import AxisPlan, AxisReport, ScorePlan, ScoreReport
    from pipelines.scoring.selection import Options
    from scorers.engines.estimates import Forecast


MOST_NAMED = 4
"""Axes that left samples without a value, which the line of a dataset names."""


@single(
    "score",
    "oda score  # every dataset on every axis this installation can measure",
    "oda score openr1 --axes mtld,compress_ratio --plan  # how much work, nothing run; --by-axis says it of each",
    "oda score openr1 --axes mtld,compress_ratio  # Ctrl-C, run again: continues",
    "oda score openr1 --axes ppl,norm_loss,upd,hes --model qwen3-1.7b  # one forward pass a text for all four",
    "oda score openr1 --axes facility_location --option facility_location.subset=math-hard  # a setting of a scorer",
    "oda score openr1 --axes q_clarity,qa_correctness --sample 200 --max-price 5  # by a judge, and what it may cost",
)
def app(
    session: Session,
    *,
    datasets: Annotated[
        list[str] | None,
        DATASET,
        typer.Argument(metavar="DATASET", help="Default: every dataset.", autocompletion=complete.datasets),
    ] = None,
    axes: Annotated[
        list[str] | None,
        Listed(AXIS),
        typer.Option(
            "--axes",
            metavar="A,B",
            help="Axes to score; default: all that can run here (see: oda axes).",
            autocompletion=complete.axes,
        ),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done and how long; run nothing.")] = False,
    by_axis: Annotated[
        bool, typer.Option("--by-axis", help="Show every axis of every dataset, not a line a dataset.")
    ] = False,
    parity: Annotated[
        bool, typer.Option("--parity", help="The reference implementation's numbers where ours correct it.")
    ] = False,
    option: Annotated[
        list[str] | None,
        Assigned("an option of a scorer such as knn_distance.k=5"),
        typer.Option(
            "--option", metavar="SCORER.OPTION=VALUE", help="A setting of a scorer (see: oda axes NAME); repeatable."
        ),
    ] = None,
    model: Annotated[
        str | None,
        RESOURCE,
        typer.Option("--model", metavar="NAME", help="Ask this model (see: oda models) for the axes, or a folder."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Compute again what failed before, with a reason.")
    ] = False,
    chunk_rows: Annotated[
        int | None,
        ROWS,
        typer.Option("--chunk-rows", metavar="N", help="Samples per commit; default: about a minute of work."),
    ] = None,
    limit: Annotated[
        int | None,
        COUNT,
        typer.Option("--limit", metavar="N", help="Take at most so many samples in this run."),
    ] = None,
    sample: Annotated[
        int | None, COUNT, typer.Option("--sample", metavar="N", help="Only so many of each dataset, drawn by chance.")
    ] = None,
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Another one draws another sample.")] = 1,
    max_price: Annotated[
        float | None, PRICE, typer.Option("--max-price", metavar="X", help="Stop before models have cost more.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        COUNT,
        typer.Option("--max-tokens", metavar="N", help="Stop before models have used more."),
    ] = None,
) -> None:
    """Score datasets on axes.

    Only what is missing is computed: scores of equal samples are copied, and a run that was stopped continues
    where its last commit was. A sample gets a value or, with a reason, none; never an invented number. Axes of whole
    datasets follow. What an axis is computed from, such as embeddings, is derived first where you name the axis;
    without --axes, such axes are scored as far as it is there.
    """
    from pipelines import score as steps  # 0.6 s: numpy, pyarrow, duckdb
    from pipelines.deriving.share import Budget, Share

    if plan:
        session.refuse("chunk_rows", "max_price", "max_tokens", beside="--plan")
    if session.json:
        session.refuse("by_axis", beside="--json", hint="The document has every axis.")
    if sample is None:
        session.refuse("seed", beside="anything but --sample")
    if axes is None:
        session.refuse("model", beside="all axes", hint="Name axes with --axes.")
    chosen, options = datasets or None, _by_model(session, axes or [], model, _options(option or []))
    share = Share(limit, sample, seed)
    budget = None if max_price is None and max_tokens is None else Budget(max_price, max_tokens)
    out = session.out
    _tell_left_out(session)
    if plan:
        with session.lake() as lake:
            planned = steps.plan(
                lake,
                datasets=chosen,
                axes=axes,
                parity=parity,
                options=options,
                retry_failed=retry_failed,
                share=share,
            )
        if out.json:
            out.document(planned.as_dict())
        else:
            _tell_plan(session, planned, by_axis=by_axis)
        return
    with session.lake(write=True) as lake, session.progress() as progress:
        report = steps.score(
            lake,
            datasets=chosen,
            axes=axes,
            parity=parity,
            chunk_rows=chunk_rows,
            progress=progress,
            options=options,
            retry_failed=retry_failed,
            share=share,
            budget=budget,
        )
    if out.json:
        out.document(report.as_dict())
    else:
        _tell(session, report, by_axis=by_axis)


def _tell_left_out(session: Session) -> None:
    from scorers.installed import installed

    for why in installed(session.settings()).left_out().values():
        session.out.remark(f"Left out: {why.message} {why.hint}")


def _options(given: list[str]) -> Options:
    """`scorer.option=value`, once per option, as values by scorer and option."""
    found: dict[str, dict[str, str]] = {}
    for text in given:
        scorer, dot, rest = text.partition(".")
        name, sign, value = rest.partition("=")
        if not (scorer and dot and name and sign):
            raise UsageError(
                f"{text!r} is not an option of a scorer (--option).", hint="Write it like knn_distance.k=5."
            )
        if name in found.get(scorer, {}):
            raise UsageError(f"{scorer}.{name} has two values (--option).", hint="Give it one.")
        found.setdefault(scorer, {})[name] = value
    return found


def _by_model(session: Session, axes: list[str], model: str | None, options: Options) -> Options:
    """The options with this model for every axis that asks one and has none there."""
    if model is None:
        return options
    from scorers.installed import installed

    known = installed(session.settings())
    scorers = {scorer.name: scorer for scorer in (known.axis(axis)[1].scorer for axis in axes)}
    asking = [name for name, scorer in scorers.items() if any(option.name == "model" for option in scorer.options)]
    if not asking:
        raise UsageError("No axis of --axes asks a model (--model).", hint="oda axes lists what models measure.")
    return {**options, **{name: {"model": model, **options.get(name, {})} for name in asking}}


def _tell_plan(session: Session, planned: ScorePlan, *, by_axis: bool) -> None:
    out = session.out
    for each in (each for each in planned.inputs if each.to_run or each.reused):
        takes = f"; {forecast_line(each.forecast)}" if each.forecast else ""
        out.line(
            f"{each.dataset}: {each.relation} of {each.kind} first, "
            f"{table.count(each.to_run, 'sample')} to derive{takes}"
        )
    if by_axis:
        columns = ["dataset", "axis", "version", "samples", "scored", "copied", "to run", "time"]
        rows = [
            (a.dataset, a.axis, a.scorer_version, a.samples, a.scored, a.reused, a.to_run, table.duration(a.seconds))
            for a in planned.axes
        ]
        table.show(out, columns, rows)
    for dataset, parts in groupby(planned.axes, key=lambda axis: axis.dataset):
        out.line(f"{dataset}: {plan_line(list(parts))}")
    if len({axis.dataset for axis in planned.axes}) > 1:
        out.line(f"In all: {plan_line(list(planned.axes))}")
    if not planned.axes:
        out.line("Nothing to score: the lake holds no datasets.")
    if any(axis.to_run for axis in planned.axes) and not kept():
        out.line("Compiling for this machine comes first: up to a minute, this once.")
    if planned.axes and not by_axis:
        out.remark("Axis by axis: --by-axis")


def forecast_line(takes: Forecast) -> str:
    """`1,204,000 ± 31,000 tokens to read, about 3 min, 0.60 USD`; what is not known is said to be so."""
    error = "" if takes.error == 0 else " (error not known)" if takes.error != takes.error else f" ± {takes.error:,.0f}"
    text = f"{takes.read:,.0f}{error} tokens to read"
    if takes.written:
        text += f", at most {takes.written:,.0f} to write"
    text += f", about {table.duration(takes.seconds)}" if takes.seconds else ", time not known: it never ran here"
    return text + (f", {takes.price:,.2f} {takes.currency}" if takes.price is not None else "")


def plan_line(parts: list[AxisPlan]) -> str:
    """`220,103 samples, 31,870 already scored, 188,233 to run, about 41 s`; scores are counted where axes differ."""
    samples = sum({part.dataset: part.samples for part in parts}.values())
    counts = {(part.dataset, part.scored, part.reused, part.to_run) for part in parts}
    alike = len(counts) == len({part.dataset for part in parts})
    share: list[Any] = list(counts) if alike else [(p.dataset, p.scored, p.reused, p.to_run) for p in parts]
    scored, reused, to_run = (sum(row[i] for row in share) for i in (1, 2, 3))
    unit = "" if alike else f" of {sum(part.samples for part in parts):,} scores"
    text = f"{table.count(samples, 'sample')}, {scored:,}{unit} already scored"
    if reused:
        text += f", {reused:,} to copy from equal samples"
    text += f", {to_run:,} to run"
    if not to_run:
        return text
    seconds = sum(part.seconds for part in parts)
    return f"{text}, {'about ' if seconds >= 1 else ''}{table.duration(seconds)}"


def _tell(session: Session, report: ScoreReport, *, by_axis: bool) -> None:
    out = session.out
    _tell_inputs(session, report)
    if by_axis or not report.axes:
        _tell_axes(session, report)
    else:
        _tell_datasets(session, report)
    for why, waiting in _waiting(report).items():
        out.line(f"{table.count(waiting, 'score')} wait for {why}.")
    if report.sets:
        _tell_sets(session, report)
    if report.axes or not report.sets:
        speed = f", {report.rows_per_second:,.0f} samples/s" if report.rows_per_second else ""
        out.line(f"{table.count(report.computed, 'sample')} computed in {table.duration(report.seconds)}{speed}.")
    else:
        out.line(f"Measured in {table.duration(report.seconds)}.")
    out.remark('Next: oda sql "from dataset_profile", or oda sql "from scored limit 5"')


def _tell_datasets(session: Session, report: ScoreReport) -> None:
    """A line a dataset: scores of all its axes, and which axes left samples without a value."""
    rows = []
    for dataset, parts in groupby(report.axes, key=lambda axis: axis.dataset):
        axes = list(parts)
        lacking = [(axis.axis, lacks) for axis in axes if (lacks := _without_value(axis))]
        shown = "; ".join(f"{name}: {lacks}" for name, lacks in lacking[:MOST_NAMED])
        shown += f"; {len(lacking) - MOST_NAMED:,} axes more" if len(lacking) > MOST_NAMED else ""
        counts = [sum(getattr(axis, name) for axis in axes) for name in ("scored", "reused", "skipped")]
        rows.append((dataset, len(axes), *counts, _coverage(axes), shown))
    columns = ["dataset", "axes", "computed", "copied", "there before", "coverage", "without a value"]
    table.show(session.out, columns, rows)


def _coverage(axes: list[AxisReport]) -> str | None:
    every = sum(sum(axis.statuses.values()) for axis in axes)
    valued = sum(axis.statuses.get("ok", 0) for axis in axes)
    return f"{valued / every:.1%}" if every else None


def _tell_axes(session: Session, report: ScoreReport) -> None:
    """A line an axis of each dataset, then one an axis."""
    out = session.out
    rows = [
        (
            axis.dataset,
            axis.axis,
            axis.scored,
            axis.reused,
            axis.skipped,
            None if axis.coverage is None else f"{axis.coverage:.1%}",
            _without_value(axis),
        )
        for axis in report.axes
    ]
    if rows or not report.sets:
        table.show(out, ["dataset", "axis", "computed", "copied", "there before", "coverage", "without a value"], rows)
    if len({axis.dataset for axis in report.axes}) > 1:
        out.line()
        totals = [(name, *_totals(report, name)) for name in dict.fromkeys(axis.axis for axis in report.axes)]
        table.show(out, ["axis", "computed", "copied", "there before", "coverage"], totals)


def _without_value(axis: AxisReport) -> str:
    counts = [(status, n) for status, n in sorted(axis.statuses.items()) if status != "ok"]
    return ", ".join(f"{status} {n:,}" for status, n in (*counts, *([("waiting", axis.waiting)] * (axis.waiting > 0))))


def _waiting(report: ScoreReport) -> dict[str, int]:
    """Scores that wait, by what they wait for."""
    found: dict[str, int] = {}
    for axis in report.axes:
        for why in axis.waits_for:
            found[why] = found.get(why, 0) + axis.waiting
    return found


def _tell_inputs(session: Session, report: ScoreReport) -> None:
    kinds = [(each.relation, kind) for each in report.inputs for kind in each.kinds if kind.derived or kind.reused]
    rows = [
        (relation, kind.kind, kind.dataset, kind.derived, kind.reused, kind.skipped, kind.empty)
        for relation, kind in kinds
    ]
    if rows:
        columns = ["derived first", "of", "dataset", "computed", "copied", "there before", "without a value"]
        table.show(session.out, columns, rows)
        session.out.line()
    for each in report.inputs:
        if each.calls.prompt_tokens + each.calls.generated_tokens:
            session.out.line(f"{each.kinds[0].kind}: {_spent(each)}.")
        if each.stopped:
            session.out.line(f"{each.kinds[0].kind}: stopped. {each.stopped}", "yellow")


def _spent(report: DeriveReport) -> str:
    """`1,204 tokens read, 96 written, 310 tokens/s, 0.31 paid; 4 samples not asked about again`."""
    calls = report.calls
    text = f"{calls.prompt_tokens:,} tokens read, {calls.generated_tokens:,} written"
    text += f", {calls.tokens_per_second or 0:,.0f} tokens/s" + (f", {calls.price:,.4g} paid" if calls.price else "")
    return text + (f"; {table.count(report.saved, 'sample')} not asked about again" if report.saved > 0 else "")


def _tell_sets(session: Session, report: ScoreReport) -> None:
    if report.axes:
        session.out.line()
    rows = [
        (
            measure.dataset,
            measure.axis,
            None if measure.value is None else f"{measure.value:.6g}",
            measure.n,
            None if measure.coverage is None else f"{measure.coverage:.1%}",
            "now" if measure.computed else "before",
            measure.detail or "",
        )
        for measure in report.sets
    ]
    table.show(
        session.out, ["dataset", "whole dataset", "value", "samples", "coverage", "computed", "without a value"], rows
    )


def _totals(report: ScoreReport, name: str) -> tuple[int, int, int, str | None]:
    parts = [axis for axis in report.axes if axis.axis == name]
    return sum(a.scored for a in parts), sum(a.reused for a in parts), sum(a.skipped for a in parts), _coverage(parts)
