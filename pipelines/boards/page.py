"""A board as one HTML page that needs nothing else: tables to sort and search, charts as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from pipelines.boards.board import Board, Row
from pipelines.boards.charts import axis_chart, gain_chart, rank_chart
from pipelines.boards.findings import AxisFinding, BaseAgreement
from pipelines.boards.tables import interval, number, ranks, sentence

STYLE = """
:root{--ink:#1c2430;--dim:#687385;--line:#dfe4ea;--back:#fff;--card:#f6f8fa;--accent:#2f6fb2;--soft:#9cc0e3;--good:#2b8a57;--bad:#b8472f}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--dim:#9aa5b4;--line:#333b47;--back:#14181e;--card:#1c222b;--accent:#6aa7e0;--soft:#3c628a;--good:#5bbd8a;--bad:#e08468}}
*{box-sizing:border-box}body{margin:0 auto;max-width:1320px;padding:28px 20px 60px;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:36px 0 8px}p{margin:6px 0;max-width:80ch}.dim{color:var(--dim)}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}.tile{background:var(--card);border-radius:8px;padding:10px 16px;min-width:130px}
.tile b{display:block;font-size:22px;font-variant-numeric:tabular-nums}.tile span{color:var(--dim);font-size:13px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:5px 9px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}th{position:sticky;top:0;background:var(--back);cursor:pointer;color:var(--dim);font-weight:600}
th.text,td.text{text-align:left}td.text{max-width:330px;overflow:hidden;text-overflow:ellipsis}tr.given td{background:var(--card);color:var(--dim)}tr.part td{color:var(--dim)}
.up{color:var(--good)}.down{color:var(--bad)}input{font:inherit;padding:6px 10px;border:1px solid var(--line);border-radius:6px;background:var(--back);color:var(--ink);width:260px;margin:6px 0}
svg{display:block;max-width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}svg .line{stroke:var(--line)}svg .bar{stroke:var(--soft);stroke-width:6}
svg .dot{fill:var(--accent)}svg .thin{stroke:var(--accent);stroke-width:1.5}svg .zero{stroke:var(--dim);stroke-dasharray:3 3}
"""
SCRIPT = """
document.querySelectorAll('table.sort').forEach(t=>t.querySelectorAll('th').forEach((h,i)=>h.onclick=()=>{
 const b=t.tBodies[0],d=h.dataset.d=h.dataset.d==='1'?'-1':'1',k=r=>r.cells[i].dataset.k??r.cells[i].textContent;
 [...b.rows].sort((p,q)=>{const a=k(p),c=k(q),x=parseFloat(a),y=parseFloat(c);if(a===''||c==='')return(a==='')-(c==='');
 return d*(isNaN(x)||isNaN(y)?a.localeCompare(c):x-y)}).forEach(r=>b.append(r))}));
const f=document.getElementById('find');if(f)f.oninput=()=>document.querySelectorAll('#board tbody tr').forEach(r=>r.hidden=!r.cells[1].textContent.toLowerCase().includes(f.value.toLowerCase()));
"""


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
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(body)}"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


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
    return "<div class=tiles>" + "".join(f"<div class=tile><b>{a}</b><span>{b}</span></div>" for a, b in facts) + "</div>"


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
    return f"<div class=scroll><table id={name} class=sort><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


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
