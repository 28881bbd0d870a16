"""A board as one HTML page that needs nothing else: tables to sort and search, charts as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from pipelines.boards.board import Board, Row
from pipelines.boards.charts import axis_chart, gain_chart, rank_chart
from pipelines.boards.findings import AxisFinding, BaseAgreement
from pipelines.boards.tables import interval, number, ranks, sentence

_PARTS = Path(__file__).parent


def page(
    board: Board, *, agreements: Sequence[BaseAgreement] = (), axes: Sequence[AxisFinding] = (), made: str = ""
) -> str:
    """The page of a board, with the agreement of base models and the findings on axes where there are some."""
    which = board.which
    title = f"{which.base}: {which.measure}"
    body = [
        f"<h1>{escape(which.base)}</h1>",
        f"<p class=dim>{escape(_subtitle(board))}</p>",
        _tiles(board),
        f"<p>{escape(sentence(board))}</p>",
        _board(board),
        _section("Which ranks are possible", _RANKS, rank_chart(board)),
        _section("Gain and size", "Points over the base model against samples trained on.", gain_chart(board)),
        _agreements(agreements),
        _axes(axes),
        f"<p class=dim>{escape(made)}</p>",
    ]
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_part('page.css')}</style></head><body>{''.join(body)}"
        f"<script>{_part('page.js')}</script></body></html>\n"
    )


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


_RANKS = (
    "A bar holds every rank a dataset may have, all bars at once at the level of the board. "
    "Datasets whose bars do not overlap are told apart."
)


def _subtitle(board: Board) -> str:
    which = board.which
    domains = "" if which.grouping == "catalogue" else ", domains as the source counts them"
    return f"Measured by {which.measure} · recipe {which.recipe} · results of {which.origin}{domains}"


def _tiles(board: Board) -> str:
    trained = [row for row in board.rows if row.role == "trained"]
    gains = [row.delta.value for row in trained if row.delta.value is not None]
    surely = sum(row.delta.low is not None and row.delta.low > 0 for row in trained)
    facts = [
        (str(len(trained)), "datasets"),
        (f"{sum(gain > 0 for gain in gains)}", f"above the base model, {surely} of them surely"),
        (number(sum(gains) / len(gains), 2, sign=True) if gains else "–", "points over base in the mean"),
        (f"{board.told / board.pairs:.0%}" if board.pairs else "–", "of pairs can be told apart"),
    ]
    return (
        "<div class=tiles>" + "".join(f"<div class=tile><b>{a}</b><span>{b}</span></div>" for a, b in facts) + "</div>"
    )


def _board(board: Board) -> str:
    domains = sorted({name for row in board.rows for name in row.domains})
    adjusted = any(row.contaminated for row in board.rows)
    tokens = any(row.per_1m_tokens is not None for row in board.rows)
    redundant = any(row.redundancy is not None for row in board.rows)
    headers = ["rank", "dataset", "score", "against base", f"P(top {board.k})", *domains, "runs", "samples", "per 1k"]
    headers += ["per 1M tokens"] * tokens + ["contaminated", "without them"] * adjusted + ["redundant"] * redundant
    rows = []
    for row in board.rows:
        cells = [
            _cell(ranks(row), row.best),
            _cell(_name(row), text=True),
            _cell(interval(row.score), row.score.value),
            _cell(interval(row.delta, sign=True), row.delta.value, of=_direction(row)),
            _cell(number(row.top, 2), row.top),
            *(_cell(number(row.domains.get(name)), row.domains.get(name)) for name in domains),
            _cell(str(row.runs), row.runs),
            _cell("–" if row.rows is None else f"{row.rows:,}", row.rows),
            _cell(number(row.per_1k_rows, 3, sign=True), row.per_1k_rows),
        ]
        if tokens:
            cells.append(_cell(number(row.per_1m_tokens, 3, sign=True), row.per_1m_tokens))
        if adjusted:
            cells.append(_cell(str(row.contaminated), row.contaminated))
            cells.append(_cell(number(row.adjusted), row.adjusted))
        if redundant:
            cells.append(_cell("–" if row.redundancy is None else f"{row.redundancy:.1%}", row.redundancy))
        kind = "given" if row.role != "trained" else "part" if row.note else ""
        rows.append(f"<tr class='{kind}'>{''.join(cells)}</tr>")
    return "<h2>Board</h2><input id=find placeholder='find a dataset'>" + _table(headers, rows, "board")


def _name(row: Row) -> str:
    name = row.subject if row.role == "trained" else f"{row.subject} ({row.role})"
    return f"{name}: {row.note}" if row.note else name


def _direction(row: Row) -> str:
    if row.delta.low is not None and row.delta.low > 0:
        return "up"
    return "down" if row.delta.high is not None and row.delta.high < 0 else ""


def _cell(shown: str, key: float | None = None, *, text: bool = False, of: str = "") -> str:
    kinds = " ".join(filter(None, ("text" if text else "", of)))
    keyed = "" if text else f" data-k='{'' if key is None or math.isnan(key) else key}'"
    return f"<td class='{kinds}'{keyed}{f' title={escape(shown)!r}' if text else ''}>{escape(shown)}</td>"


def _table(headers: Sequence[str], rows: Sequence[str], name: str) -> str:
    text = {"dataset", "axis", "kind", "measure", "models"}
    heads = "".join(f"<th class={'text' if head in text else 'number'}>{escape(head)}</th>" for head in headers)
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f"<div class=scroll><table id={name} class=sort>{body}</table></div>"


def _section(title: str, text: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2><p class=dim>{escape(text)}</p>{content}" if content else ""


def _agreements(found: Sequence[BaseAgreement]) -> str:
    rows = [
        "<tr>"
        + _cell(item.measure, text=True)
        + _cell(f"{item.first}, {item.second}", text=True)
        + _cell(str(item.agreement.spearman.n), item.agreement.spearman.n)
        + _cell(interval(item.agreement.spearman, 3), item.agreement.spearman.value)
        + _cell(interval(item.agreement.accuracy, 2), item.agreement.accuracy.value)
        + "</tr>"
        for item in found
    ]
    headers = ["measure", "models", "datasets", "rank correlation", "pairs ordered alike"]
    text = "How far two base models order the same datasets alike."
    return _section("Agreement of base models", text, _table(headers, rows, "agreement")) if rows else ""


def _axes(found: Sequence[AxisFinding]) -> str:
    rows = [
        "<tr>"
        + _cell(item.axis, text=True)
        + _cell(item.kind, text=True)
        + _cell(str(item.agreement.spearman.n), item.agreement.spearman.n)
        + _cell(interval(item.agreement.accuracy, 2), item.agreement.accuracy.value)
        + _cell(interval(item.certain, 2), item.certain.value)
        + _cell(interval(item.agreement.spearman, 2), item.agreement.spearman.value)
        + _cell(number(item.holm, 3), item.holm)
        + "</tr>"
        for item in found
    ]
    headers = ["axis", "kind", "datasets", "decision accuracy", "on pairs told apart", "rank correlation", "p (Holm)"]
    text = "How often an axis orders two datasets as training on them does; one half is a coin."
    return _section("Decision accuracy", text, axis_chart(found) + _table(headers, rows, "axes")) if rows else ""
