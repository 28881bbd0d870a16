"""Charts of a board as SVG: possible ranks, gains against size, decision accuracy of axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from pipelines.boards.board import Board
from pipelines.boards.findings import AxisFinding

_LABEL = 250
_WIDTH = 1080
_LINE = 17
_TOP = 26


def rank_chart(board: Board) -> str:
    """A bar from best to worst possible rank for every dataset; empty without ranks."""
    rows = board.ranked
    if not rows:
        return ""
    last = max(row.worst or 1 for row in rows)

    def x(rank: float) -> float:
        return _LABEL + 10 + (rank - 0.5) / last * (_WIDTH - _LABEL - 30)

    marks = [_tick(x(rank), str(rank), _TOP + _LINE * len(rows)) for rank in _ticks(1, last)]
    for place, row in enumerate(rows):
        y = _TOP + _LINE * place + 9
        tip = f"{row.subject}: rank {row.best} to {row.worst}"
        marks.append(_label(row.subject, y))
        marks.append(_bar(x((row.best or 1) - 0.4), x((row.worst or 1) + 0.4), y, tip))
        marks.append(f"<circle class=dot cx={x(place + 1):.1f} cy={y} r=3 />")
    return _svg(_WIDTH, _TOP + _LINE * len(rows) + 8, marks)


def gain_chart(board: Board) -> str:
    """Gain with interval against the logarithm of samples; empty where sizes are not known."""
    rows = [row for row in board.rows if row.role == "trained" and row.rows and row.delta.value is not None]
    if len(rows) < 3:
        return ""
    sizes = [math.log10(row.rows or 1) for row in rows]
    ends = [end for row in rows for end in (row.delta.value, row.delta.low, row.delta.high) if end is not None]
    low, high, left, right = min(0.0, *ends), max(0.0, *ends), math.floor(min(sizes)), math.ceil(max(sizes))
    height = 380

    def x(size: float) -> float:
        return 60 + (size - left) / max(1e-9, right - left) * (_WIDTH - 90)

    def y(gain: float) -> float:
        return 16 + (high - gain) / max(1e-9, high - low) * (height - 56)

    marks = [_tick(x(size), f"{10**size:,}", height - 26, at=height - 8) for size in range(left, right + 1)]
    for mark in _ticks(math.ceil(low), math.floor(high), 6):
        marks.append(f"<line class=line x1=60 x2={_WIDTH - 30} y1={y(mark):.1f} y2={y(mark):.1f} />")
        marks.append(f"<text class=dim x=52 y={y(mark) + 4:.1f} text-anchor=end>{mark:+}</text>")
    marks.append(f"<line class=zero x1=60 x2={_WIDTH - 30} y1={y(0):.1f} y2={y(0):.1f} />")
    for size, row in zip(sizes, rows, strict=True):
        gain = row.delta.value or 0.0
        tip = f"<title>{escape(row.subject)}: {gain:+.1f} points, {row.rows:,} samples</title>"
        if row.delta.low is not None and row.delta.high is not None:
            stretch = f"y1={y(row.delta.low):.1f} y2={y(row.delta.high):.1f}"
            marks.append(f"<line class=thin x1={x(size):.1f} x2={x(size):.1f} {stretch} />")
        marks.append(f"<circle class=dot cx={x(size):.1f} cy={y(gain):.1f} r=4>{tip}</circle>")
    return _svg(_WIDTH, height, marks)


def axis_chart(found: Sequence[AxisFinding]) -> str:
    """Decision accuracy with interval, an axis a line, one half marked."""

    def x(share: float) -> float:
        return _LABEL + 10 + share * (_WIDTH - _LABEL - 40)

    bottom = _TOP + _LINE * len(found)
    marks = [_tick(x(share / 4), f"{share / 4:.0%}", bottom) for share in range(5)]
    marks.append(f"<line class=zero x1={x(0.5):.1f} x2={x(0.5):.1f} y1={_TOP} y2={bottom} />")
    for place, item in enumerate(found):
        y, share = _TOP + _LINE * place + 9, item.agreement.accuracy
        if share.value is None:
            continue
        marks.append(_label(item.axis, y))
        if share.low is not None and share.high is not None:
            tip = f"{item.axis}: {share.value:.0%}, {share.low:.0%} to {share.high:.0%}, {share.n} datasets"
            marks.append(_bar(x(share.low), x(share.high), y, tip))
        marks.append(f"<circle class=dot cx={x(share.value):.1f} cy={y} r=4 />")
    return _svg(_WIDTH, bottom + 8, marks)


def _svg(width: int, height: int, marks: Sequence[str]) -> str:
    return f"<svg viewBox='0 0 {width} {height}' width={width} role=img>{''.join(marks)}</svg>"


def _label(text: str, y: float) -> str:
    shown = text if len(text) <= 36 else text[:35] + "…"
    return f"<text x={_LABEL} y={y + 4} text-anchor=end>{escape(shown)}<title>{escape(text)}</title></text>"


def _bar(left: float, right: float, y: float, tip: str) -> str:
    return f"<line class=bar x1={left:.1f} x2={right:.1f} y1={y} y2={y}><title>{escape(tip)}</title></line>"


def _tick(x: float, text: str, bottom: float, *, at: float = 14) -> str:
    return (
        f"<line class=line x1={x:.1f} x2={x:.1f} y1={_TOP - 4} y2={bottom} />"
        f"<text class=dim x={x:.1f} y={at} text-anchor=middle>{text}</text>"
    )


def _ticks(low: int, high: int, about: int = 10) -> list[int]:
    """Whole numbers from low to high in even steps, about so many."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**6) if (high - low) / s <= about)
    first = low if step == 1 else math.ceil(low / step) * step
    return list(range(first, high + 1, step))
