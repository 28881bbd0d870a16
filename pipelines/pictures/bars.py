"""Bars side by side, a line for each name: losses and sizes of datasets, possible ranks of subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.pictures.svg import BLUE, END, PALE, Picture, path, picture, round_steps, scale, shortened, text, title

if TYPE_CHECKING:
    from pipelines.boards.board import Board

_SHOWN = 60
_LEFT, _RIGHT, _TOP, _LINE = 170, 570, 22, 14

Bar = tuple[str, float, float, str]
"""Name, start, end and colour; bars of one name stand on one line, the later ones over the earlier ones."""


def losses(shares: Mapping[str, float]) -> Picture | None:
    """Which share of its samples a dataset loses to survivors, a bar a dataset; None where none loses any."""
    lost = sorted(((share, name) for name, share in shares.items() if share > 0), reverse=True)
    bars = [(name, 0.0, share, BLUE) for share, name in lost]
    return _bars("loss by dataset", bars, (0, 1), "share of samples that another one stands for")


def sizes(found: Mapping[str, tuple[int, float | None]]) -> Picture | None:
    """How many samples each dataset has, the lighter part without a value; None without datasets."""
    largest = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:_SHOWN]
    bars: list[Bar] = []
    for name, (rows, share) in largest:
        bars.append((name, 0, rows, PALE))
        if share is not None:
            bars.append((name, 0, rows * share, BLUE))
    most = max((rows for _, (rows, _) in largest), default=0)
    label = "samples; the darker part has values"
    if len(found) > _SHOWN:
        label = f"samples of the largest of {len(found)} datasets; the darker part has values"
    return _bars("samples by dataset", bars, (0, most or 1), label)


def ranks(board: Board) -> Picture | None:
    """Which ranks every subject of a board may have, a bar a subject; None without ranks."""
    bars = [(row.subject, (row.best or 1) - 0.4, (row.worst or 1) + 0.4, BLUE) for row in board.ranked]
    ends = (0.5, max((row.worst or 1 for row in board.ranked), default=1) + 0.5)
    label = f"possible ranks: {board.which.base}, {board.which.measure}, all at once at {board.level:.0%}"
    return _bars("possible ranks", bars, ends, label)


def _bars(words: str, bars: Sequence[Bar], ends: tuple[float, float], label: str) -> Picture | None:
    if not bars:
        return None
    names = list(dict.fromkeys(name for name, *_ in bars))
    low, high = ends

    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT)

    by_colour: dict[str, str] = {}
    for name, start, end, colour in bars:
        y = _TOP + _LINE * names.index(name)
        by_colour[colour] = by_colour.get(colour, "") + f"M{x(start):.0f} {y}H{x(end):.0f}"
    bottom = _TOP + _LINE * len(names)
    marks = [
        title(words),
        *(text(_LEFT - 5, _TOP + _LINE * n + 3, shortened(each), END) for n, each in enumerate(names)),
    ]
    marks += [path(drawn, f"stroke='{colour}' stroke-width='10'") for colour, drawn in by_colour.items()]
    marks.append(scale([(x(tick), f"{tick:,g}") for tick in round_steps(low, high)], bottom, _LEFT, _RIGHT, label))
    return picture(words, _RIGHT + 20, bottom + 32, marks)
