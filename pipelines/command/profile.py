"""`oda profile`: how axes are distributed in datasets, how datasets differ, how axes go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake.kinds import Listed
from lake.values import AXIS, DATASET
from pipelines.command import complete
from pipelines.command.session import Session, single
from pipelines.command.terminal import table

if TYPE_CHECKING:
    from pipelines.profile import Distribution, Histogram, Profile
    from pipelines.profiling.correlations import Correlation

_HEIGHTS = " ▁▂▃▄▅▆▇█"
_STRONGEST = 12
_FARTHEST = 50


@single(
    "profile",
    "oda profile gsm8k  # every axis of one dataset, with small histograms",
    "oda profile gsm8k openr1 --axes mtld,str_length  # side by side, and how far they are apart",
    "oda profile gsm8k --json | jq '.correlations[] | select(.spearman > 0.9)'",
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
            help="Axes to show; default: all that are scored.",
            autocompletion=complete.axes,
        ),
    ] = None,
) -> None:
    """Show the distribution of every axis, the distances between datasets and the correlations of axes.

    Histograms of an axis share their bins between datasets, so shapes can be compared; the outer bins hold what lies
    beyond the 1st and 99th percentile. Correlations are of at most 10,000 samples, always the same.
    """
    from pipelines.profile import profile

    with session.lake() as lake:
        found = profile(lake, datasets or None, axes=axes)
    if session.json:
        session.out.document(found.as_dict())
    elif found.distributions:
        _tell(session, found)
    else:
        session.out.line("Nothing is scored yet.")
        session.out.remark("Score with: oda score")


def _tell(session: Session, found: Profile) -> None:
    out = session.out
    columns = ["axis", "dataset", "n", "coverage", "p05", "median", "p95", "mean", "from", "distribution", "to"]
    if any(each.facts["calibration"] for each in found.distributions):
        columns.append("calibration")
    table.show(out, columns, [_row(each)[: len(columns)] for each in found.distributions])
    if found.distances:
        out.line("\nHow far datasets are apart, the farthest first", "bold")
        table.show(
            out,
            ["axis", "dataset", "and", "KS", "Wasserstein"],
            [
                (d.axis, d.dataset, d.other, round(d.ks, 3), d.wasserstein)
                for d in sorted(found.distances, key=lambda d: (-d.ks, d.axis, d.dataset, d.other))[:_FARTHEST]
            ],
        )
        if len(found.distances) > _FARTHEST:
            out.remark(f"{_FARTHEST} of {len(found.distances):,} pairs; all of them: --json")
    elif len(found.datasets) > 1:
        out.remark("To see how far datasets are apart, name them: oda profile A B")
    strongest = sorted(
        (each for each in found.correlations if each.spearman is not None),
        key=lambda each: (-abs(each.spearman or 0.0), each.axis, each.other),
    )[:_STRONGEST]
    if strongest:
        out.line("\nAxes that go together, the strongest first", "bold")
        table.show(out, ["axis", "and", "Spearman", "Pearson", "n"], [_correlation(each) for each in strongest])


def _row(each: Distribution) -> tuple[Any, ...]:
    facts, shape = each.facts, each.histogram
    coverage = None if facts["coverage"] is None else f"{facts['coverage']:.1%}"
    numbers = [facts[name] for name in ("p05", "median", "p95", "mean")]
    ends = (None, None) if shape is None else (shape.low, shape.low + shape.width * len(shape.samples))
    return (
        each.axis,
        each.dataset,
        facts["n"],
        coverage,
        *numbers,
        ends[0],
        bars(shape),
        ends[1],
        facts["calibration"],
    )


def _correlation(each: Correlation) -> tuple[Any, ...]:
    pearson = None if each.pearson is None else round(each.pearson, 2)
    return (each.axis, each.other, round(each.spearman or 0.0, 2), pearson, each.n)


def bars(shape: Histogram | None) -> str:
    """A histogram in one line of text: a bin a character, the tallest full height, none but an empty one blank."""
    if shape is None:
        return ""
    tallest = max(shape.samples)
    steps = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[-(-n * steps // tallest)] for n in shape.samples)
