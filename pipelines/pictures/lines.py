"""Lines: the loss of trainings over their steps, and the graph of datasets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from lake.catalog import Lake
from lake.relations import run
from pipelines.pictures.svg import (
    BLUE,
    END,
    GREY,
    MIDDLE,
    ORANGE,
    Picture,
    path,
    picture,
    round_steps,
    scale,
    shortened,
    text,
    title,
)

_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 570, 24, 164
_POINTS = 200
_COLOURS = (BLUE, ORANGE, "#5a9b6a", "#9a6fb0", "#b0584f")
_DASHES = {"confirmed": "", "declared only": "5 3"}


def curves(losses: Sequence[tuple[int, int, float]]) -> Picture | None:
    """The loss of trainings (seed, step, loss) over their steps, a line a seed; None without losses.

    A line has at most 200 points, the same distance apart.
    """
    if not losses:
        return None
    last = max(step for _, step, _ in losses) or 1
    low, high = min(loss for *_, loss in losses), max(loss for *_, loss in losses)

    def y(loss: float) -> float:
        return _BOTTOM - (loss - low) / ((high - low) or 1) * (_BOTTOM - _TOP)

    def x(step: float) -> float:
        return _LEFT + step / last * (_RIGHT - _LEFT)

    marks = [title("loss of training")]
    marks += [text(_LEFT - 5, y(tick) + 3, f"{tick:g}", END) for tick in round_steps(low, high, 4)]
    for place, (seed, colour) in enumerate(zip(sorted({seed for seed, *_ in losses}), cycle(_COLOURS), strict=False)):
        points = [(step, loss) for of, step, loss in losses if of == seed]
        drawn = " ".join(f"{x(step):.0f} {y(loss):.0f}" for step, loss in points[:: -(-len(points) // _POINTS)])
        marks.append(path(f"M{drawn}", f"fill='none' stroke='{colour}'"))
        marks.append(text(_RIGHT, _TOP + 12 * place, f"seed {seed}", f"{END} fill='{colour}'"))
    marks.append(scale([(x(tick), f"{tick:,g}") for tick in round_steps(0, last)], _BOTTOM, _LEFT, _RIGHT, "step"))
    return picture("loss of training", 580, _BOTTOM + 32, marks)


def lineage(lake: Lake) -> Picture | None:
    """The datasets that have an edge, parents to the left; the line says the verdict. None without edges."""
    lines = run(lake.connection, "lineage_lines").fetchall()
    if not lines:
        return None
    places = {name: place for p, c, _, x0, y0, x1, y1 in lines for name, place in ((p, (x0, y0)), (c, (x1, y1)))}
    columns, rows = (sorted({place[n] for place in places.values()}) for n in (0, 1))

    def at(x: float, y: float) -> tuple[float, float]:
        return 90 + 200 * columns.index(x), 40 + 22 * rows.index(y)

    marks = [title("lineage of datasets; solid: confirmed, dashed: declared only, dotted: measured only")]
    for _, _, verdict, x0, y0, x1, y1 in lines:
        (left, above), (right, below) = at(x0, y0), at(x1, y1)
        dashes = _DASHES.get(verdict, "1 3")
        more = f"stroke='{BLUE}'" + (f" stroke-dasharray='{dashes}'" if dashes else "")
        marks.append(path(f"M{left:.0f} {above:.0f}L{right:.0f} {below:.0f}", more))
    for name, place in places.items():
        x, y = at(*place)
        half = 6 + 2.6 * len(shortened(name))
        marks.append(
            path(f"M{x - half:.0f} {y - 8:.0f}h{2 * half:.0f}v16h{-2 * half:.0f}z", f"fill='#fff' stroke='{GREY}'")
        )
        marks.append(text(x, y + 3, shortened(name), MIDDLE))
    return picture("lineage of datasets", max(480, 180 + 200 * (len(columns) - 1)), 60 + 22 * len(rows), marks)
