"""`oda judge`: how far the axes of judges can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.values import AXIS, CONFIDENCE, COUNT, DATASET, NUMBER, PATH, PRICE, RESOURCE, SEED
from pipelines.command import complete
from pipelines.command.session import Session, examples, register
from pipelines.command.terminal import table
from pipelines.command.terminal.help import Group

if TYPE_CHECKING:
    from pipelines.calibrating.agreement import Confusion
    from pipelines.calibrating.bias import Effect
    from pipelines.calibrating.report import CalibrationReport, MeanReport

_SHADES = " ░▒▓█"

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    help="Compare the axes of judges with labels of people or with another judge.",
    epilog=examples(
        "oda judge calibrate qa_correctness --labels labels.csv",
        "oda judge calibrate q_clarity --against other_axis",
        "oda judge order qa_correctness  # whether its ratings depend on the order they are asked for in",
        "oda judge calibrations  # what is known of the axes of this lake",
    ),
)


@app.callback()
def _judge() -> None:
    pass


@register(
    app,
    "calibrate",
    "oda judge calibrate qa_correctness --labels labels.csv  # columns: sample_id, label, perhaps annotator",
    "oda judge calibrate q_clarity --against deita_complexity  # the scores of another axis as labels",
    "oda judge calibrate q_clarity --judge gpt-4.1  # what a stronger judge has said on the same axis",
    "oda judge calibrate qa_correctness --labels labels.parquet --threshold 7 --picture correctness.png",
)
def _calibrate(
    session: Session,
    *,
    axis: Annotated[str, AXIS, typer.Argument(metavar="AXIS", help="The axis.", autocompletion=complete.axes)],
    labels: Annotated[
        Path | None,
        PATH,
        typer.Option("--labels", metavar="FILE", help="CSV, JSON lines or Parquet: sample_id, label, annotator."),
    ] = None,
    against: Annotated[
        str | None,
        AXIS,
        typer.Option(
            "--against", metavar="AXIS", help="Another axis whose scores are labels.", autocompletion=complete.axes
        ),
    ] = None,
    judge: Annotated[
        str | None,
        RESOURCE,
        typer.Option("--judge", metavar="NAME", help="A stronger judge, whose stored answers on the axis are labels."),
    ] = None,
    threshold: Annotated[
        float | None,
        NUMBER,
        typer.Option("--threshold", metavar="X", help="From where a score is good; default: the middle of the scale."),
    ] = None,
    confidence: Annotated[
        float, CONFIDENCE, typer.Option("--confidence", metavar="P", help="Of every interval.")
    ] = 0.95,
    picture: Annotated[
        Path | None, PATH, typer.Option("--picture", metavar="FILE", help="Draw it too, as PNG, PDF or SVG.")
    ] = None,
) -> None:
    """Compare the scores of an axis with labels, and correct the means of datasets by them.

    Draw the samples to be labelled at random from each dataset: the intervals rest on that. The result is stored with
    the version of the scores; an axis of a judge without one is shown as uncalibrated everywhere.
    """
    from pipelines.calibrate import calibrate
    from pipelines.calibrating import picture as pictures

    if picture is not None:
        pictures.check(picture)
    with session.lake(write=True) as lake:
        report = calibrate(
            lake, axis, labels=labels, against=against, judge=judge, threshold=threshold, confidence=confidence
        )
    if picture is not None:
        pictures.draw(report, picture)
    if session.json:
        session.out.document(report.as_dict())
    else:
        _tell(session, report)


@register(app, "calibrations", "oda judge calibrations", "oda judge calibrations --json")
def _calibrations(session: Session) -> None:
    """List the calibrations of this lake, and axes of judges that have none."""
    from pipelines.calibrating.states import states

    with session.lake() as lake:
        rows = states(lake)
    out = session.out
    if out.json:
        out.document([each.as_dict() for each in rows])
        return
    if not rows:
        out.line("No axis of a judge is scored, and none is calibrated.")
        return
    table.show(
        out,
        ["axis", "version", "samples", "calibration", "alpha", "Youden's J", "against", "when"],
        [
            (
                each.axis,
                each.scorer_version,
                each.samples,
                each.state,
                _rounded(each.alpha),
                _rounded(each.youden),
                each.against or "",
                str(each.created or "")[:16],
            )
            for each in rows
        ],
    )


@register(
    app,
    "order",
    "oda judge order qa_correctness  # 100 samples of each dataset, asked both ways round",
    "oda judge order q_clarity openr1 --sample 400 --seed 3 --max-price 2",
)
def _order(
    session: Session,
    *,
    axis: Annotated[str, AXIS, typer.Argument(metavar="AXIS", help="The axis.", autocompletion=complete.axes)],
    datasets: Annotated[
        list[str] | None,
        DATASET,
        typer.Argument(metavar="DATASET", help="Default: every dataset.", autocompletion=complete.datasets),
    ] = None,
    sample: Annotated[
        int, COUNT, typer.Option("--sample", metavar="N", help="Samples of each dataset, drawn by chance.")
    ] = 100,
    seed: Annotated[int, SEED, typer.Option("--seed", metavar="N", help="Another one draws another sample.")] = 1,
    max_price: Annotated[
        float | None, PRICE, typer.Option("--max-price", metavar="X", help="Stop before the judge has cost more.")
    ] = None,
    max_tokens: Annotated[
        int | None, COUNT, typer.Option("--max-tokens", metavar="N", help="Stop before the judge has used more.")
    ] = None,
) -> None:
    """Ask a judge for its ratings in the opposite order too, and see whether they move.

    A judge that rates the samples and not the prompt gives the same numbers. Both ways are stored as judgements.
    """
    from pipelines.deriving.share import Budget, Share
    from pipelines.judge_order import judge_order

    budget = None if max_price is None and max_tokens is None else Budget(max_price, max_tokens)
    with session.lake(write=True) as lake, session.progress() as progress:
        report = judge_order(
            lake,
            axis,
            datasets=datasets or None,
            share=Share(sample=sample, seed=seed),
            budget=budget,
            progress=progress,
        )
    out = session.out
    if out.json:
        out.document(report.as_dict())
        return
    out.line(f"{table.count(report.n, 'sample')} rated by {report.judgement} both ways round", "bold")
    rows = [(name, _effect(each.shift), f"{each.moved:.0%}") for name, each in report.ratings.items()]
    table.show(out, ["rating", "mean shift in the opposite order", "ratings that move"], rows)
    if report.stopped:
        out.line(f"Stopped. {report.stopped}", "yellow")


def _tell(session: Session, report: CalibrationReport) -> None:
    out = session.out
    out.line(f"{report.axis} and {table.count(report.n, 'label')} of {report.against}", "bold")
    judge = report.cut
    facts: list[tuple[str, Any]] = [
        ("version", report.scorer_version),
        (
            "weighted kappa",
            f"{_rounded(report.kappa['quadratic'])} quadratic, {_rounded(report.kappa['linear'])} linear",
        ),
        ("Krippendorff's alpha", ", ".join(f"{_rounded(value)} {level}" for level, value in report.alpha.items())),
        ("score minus label", _effect(report.shift)),
        (
            f"at {judge.threshold:g} or more",
            f"Youden's J {_rounded(judge.youden)}: sensitivity {_rounded(judge.sensitivity)} of {judge.positives}, "
            f"specificity {_rounded(judge.specificity)} of {judge.negatives}",
        ),
        ("per doubling of length", _effect(report.length, "points at equal label")),
    ]
    if report.human_alpha is not None:
        facts.insert(3, ("alpha of the people alone", _rounded(report.human_alpha)))
    if report.unmatched:
        facts.append(("labels without a score", f"{report.unmatched:,}"))
    table.facts(out, facts)
    out.line("\nLabels (down) and scores (across), darker where more samples are", "bold")
    for line in shaded(report.confusion):
        out.line(line)
    out.line(f"\nMeans as labels of all samples would give them, {report.confidence:.0%} intervals", "bold")
    table.show(
        out,
        ["dataset", "what", "judge says", "corrected", "from", "to", "labels", "other scores", "remark"],
        [_mean(each, judge.threshold) for each in report.means],
    )


def _mean(each: MeanReport, threshold: float) -> tuple[Any, ...]:
    found = each.corrected
    what = "mean" if each.method == "mean" else f"share ≥ {threshold:g}"
    ends = (None, None, None) if found is None else (found.value, found.low, found.high)
    numbers = [None if value is None else round(value, 3) for value in (each.raw, *ends)]
    return (each.dataset, what, *numbers, each.labelled, each.unlabelled, each.detail)


def shaded(found: Confusion) -> list[str]:
    """The table of labels and scores as shades, a line a label; the highest label first."""
    most = max(1, int(found.counts.max()))
    steps = len(_SHADES) - 1
    width = max(len(f"{score:g}") for score in found.scores) + 1
    lines = []
    for label, counts in reversed(list(zip(found.labels, found.counts.tolist(), strict=True))):
        cells = "".join((_SHADES[-(-n * steps // most)] * (width - 1)).rjust(width) for n in counts)
        lines.append(f"{label:>8g} │{cells}")
    return [
        *lines,
        " " * 8 + " └" + "─" * (width * len(found.scores)),
        " " * 10 + "".join(f"{s:>{width}g}" for s in found.scores),
    ]


def _effect(effect: Effect | None, what: str = "") -> str:
    if effect is None:
        return "cannot be estimated from these labels"
    seen = "a bias" if effect.biased else "no bias seen"
    return f"{effect.value:+.2f} {what}".strip() + f" [{effect.low:+.2f}, {effect.high:+.2f}], {seen}"


def _rounded(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
