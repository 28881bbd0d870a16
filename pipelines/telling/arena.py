"""What is told of trainings, evaluations and leaderboards: runs with their loss, points by task, boards, agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from lake.catalog import Lake
from pipelines.evaluate import EvaluateReport
from pipelines.pictures.bars import ranks
from pipelines.pictures.lines import curves
from pipelines.telling.shown import Facts, Markdown, pictures, table
from pipelines.train import TrainReport

if TYPE_CHECKING:
    from pipelines.boards.gather import Which

_RUNS = (
    "select run, seed, steps, loss, seconds, price, path from training_runs where list_contains(?, run) order by seed"
)
_LOSSES = (
    "select seed, step, training_losses.loss from training_losses join training_runs using (run) "
    "where list_contains(?, run) order by seed, step"
)
_POINTS = pa.schema(
    [("run", pa.string()), ("benchmark", pa.string()), ("points", pa.float64()), ("state", pa.string())]
)


def of_trainings(lake: Lake, reports: Sequence[TrainReport]) -> Facts:
    """Facts of the runs of one training, a seed each."""
    runs = [report.run for report in reports]
    seconds = [report.seconds for report in reports if report.seconds is not None]
    told: Facts = {
        "known": sum(report.known for report in reports),
        "seconds": sum(seconds) if seconds else None,
        "tokens": reports[0].tokens,
        "dagster/row_count": reports[0].rows,
        "runs": table(lake.query(_RUNS, [runs])),
    }
    return told | pictures(lake, loss=lambda: curves(lake.rows(_LOSSES, [runs])))


def of_evaluations(reports: Sequence[EvaluateReport]) -> Facts:
    """Points of models by benchmark, new ones first."""
    rows = [
        {"run": report.run, "benchmark": name, "points": value, "state": "new"}
        for report in reports
        for name, value in report.values.items()
    ]
    rows += [
        {"run": report.run, "benchmark": name, "points": None, "state": "known"}
        for report in reports
        for name in report.known
    ]
    return {"models": len(reports), "points": table(pa.Table.from_pylist(rows, schema=_POINTS), rows=len(rows))}


def of_leaderboard(lake: Lake) -> Facts:
    """A board for each base model and recipe, with possible ranks as a picture."""
    from pipelines.boards.tables import as_markdown  # late: scipy
    from pipelines.leaderboard import leaderboard

    found = _boards(lake)
    told: Facts = {"boards": len(found)}
    for which in found:
        board = leaderboard(lake, which)
        name = f"{which.base} {which.recipe}"
        told[name] = Markdown(as_markdown(board))
        told |= pictures(lake, **{f"{name} ranks": lambda board=board: ranks(board)})
    return told


def of_findings(lake: Lake) -> Facts:
    """How often each axis orders slices as training on them does, and how far base models agree."""
    from pipelines.boards.tables import interval, markdown  # late: scipy
    from pipelines.leaderboard import agreement_of_bases, axes_against_gains

    told: Facts = {}
    found = _boards(lake)
    for which in found:
        axes = [
            [i.axis, str(i.agreement.spearman.n), interval(i.agreement.accuracy, 2), interval(i.agreement.spearman, 2)]
            for i in axes_against_gains(lake, which)
        ]
        headers = ["axis", "slices", "decision accuracy", "rank correlation"]
        told[f"{which.base} {which.recipe}"] = Markdown(markdown(headers, axes))
    for origin in {which.origin: which for which in found}.values():
        pairs = [
            [i.measure, f"{i.first}, {i.second}", interval(i.agreement.spearman, 3)]
            for i in agreement_of_bases(lake, origin)
        ]
        told[f"agreement in {origin.origin}"] = Markdown(markdown(["measure", "models", "rank correlation"], pairs))
    return told


def _boards(lake: Lake) -> list[Which]:
    from pipelines.boards.gather import Which, boards  # late: scipy

    return [Which(board["base"], board["origin"], board["recipe"]) for board in boards(lake)]
