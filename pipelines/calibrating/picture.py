"""A picture of a calibration: labels against scores, and the means of datasets before and after correction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lake.errors import UsageError
from pipelines.calibrating.report import CalibrationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FORMS = (".png", ".pdf", ".svg")
_SHOWN = 20
_BLUE, _RED = "#4f8fc0", "#c0504f"


def check(path: Path) -> None:
    """Refuse a file whose ending is none of a picture."""
    if path.suffix.lower() not in _FORMS:
        raise UsageError(f"{path} is no picture.", hint=f"Let its name end in {', '.join(_FORMS)}.").about(path)


def draw(report: CalibrationReport, path: Path) -> None:
    """Write the picture to a file; raises UsageError for an ending that is none of a picture."""
    check(path)
    figure(report).savefig(path, format=path.suffix.lower()[1:], dpi=110)


def figure(report: CalibrationReport) -> Figure:
    """The picture as a figure of matplotlib."""
    from matplotlib.figure import Figure  # late: 0.3 s

    made = Figure(figsize=(8.4, 3.4), layout="constrained")
    left, right = made.subplots(1, 2)
    _agreement(left, report)
    _corrected(right, report)
    kappa = report.kappa["quadratic"]
    made.suptitle(
        f"{report.axis}: {report.n} labels of {report.against}" + ("" if kappa is None else f", kappa {kappa:.2f}"),
        fontsize=9,
    )
    return made


def _agreement(axes: Axes, report: CalibrationReport) -> None:
    table = report.confusion
    points = [
        (score, label, n)
        for label, row in zip(table.labels, table.counts.tolist(), strict=True)
        for score, n in zip(table.scores, row, strict=True)
        if n
    ]
    most = max(n for *_, n in points)
    axes.scatter(
        [score for score, _, _ in points],
        [label for _, label, _ in points],
        s=[8 + 160 * n / most for *_, n in points],
        color=_BLUE,
        alpha=0.7,
    )
    low, high = min(*table.labels, *table.scores), max(*table.labels, *table.scores)
    axes.plot([low, high], [low, high], color="#999999", linewidth=0.8)
    axes.set_xlabel("score of the judge", fontsize=8)
    axes.set_ylabel("label", fontsize=8)


def _corrected(axes: Axes, report: CalibrationReport) -> None:
    means = [each for each in report.means if each.method == "mean" and each.corrected is not None][:_SHOWN]
    for place, each in enumerate(means):
        found = each.corrected
        assert found is not None
        axes.errorbar(
            found.value, place, xerr=[[found.value - found.low], [found.high - found.value]], fmt="o", color=_BLUE, ms=4
        )
        axes.plot(found.raw, place, "x", color=_RED, ms=5)
    axes.set_yticks(range(len(means)), [each.dataset for each in means], fontsize=7)
    axes.set_ylim(-0.8, max(len(means), 1) - 0.2)
    axes.set_xlabel("mean: judge alone (x), corrected with its interval (o)", fontsize=8)
