"""`oda judge`: how far the axes of judges can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.values import AXIS, CONFIDENCE, NUMBER, PATH
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
        report = calibrate(lake, axis, labels=labels, against=against, threshold=threshold, confidence=confidence)
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
    if report.order is not None:
        facts.append(("in another order", f"{_effect(report.order.shift)}; {report.order.moved:.0%} of scores move"))
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
