"""A board as plain tables: CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from pipelines.boards.board import Board, Row
from pipelines.ranking.intervals import Interval

MINUS = "\N{MINUS SIGN}"


def flat(row: Row) -> dict[str, Any]:
    """A row of a board as one level of columns."""
    return {
        "subject": row.subject,
        "role": row.role,
        "score": row.score.value,
        "score_low": row.score.low,
        "score_high": row.score.high,
        "delta": row.delta.value,
        "delta_low": row.delta.low,
        "delta_high": row.delta.high,
        "delta_instruct": row.delta_instruct,
        "rank_best": row.best,
        "rank_worst": row.worst,
        "p_top": row.top,
        **{f"domain_{name}": value for name, value in sorted(row.domains.items())},
        "runs": row.runs,
        "benchmarks": row.benchmarks,
        "expected": row.expected,
        "rows": row.rows,
        "tokens": row.tokens,
        "per_1k_rows": row.per_1k_rows,
        "per_1m_tokens": row.per_1m_tokens,
        "contaminated_items": row.contaminated,
        "contamination": row.contamination,
        "adjusted": row.adjusted,
        "adjusted_delta": row.adjusted_delta,
        "redundancy": row.redundancy,
        "seconds": row.seconds,
        "energy": row.energy,
        "price": row.price,
        "note": row.note,
    }


def as_csv(board: Board) -> str:
    """All rows as CSV with a header; what is not known is empty."""
    out = io.StringIO()
    rows = [flat(row) for row in board.rows]
    writer = csv.DictWriter(
        out, fieldnames=list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_json(board: Board) -> str:
    """The board as one JSON document."""
    return json.dumps(board.as_dict(), indent=1, ensure_ascii=False) + "\n"


def number(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """A number for people; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return text.replace("-", MINUS)


def interval(found: Interval, digits: int = 1, *, sign: bool = False) -> str:
    """A number with its interval: `61.2 [59.8, 62.5]`."""
    text = number(found.value, digits, sign=sign)
    if found.low is None or found.high is None:
        return text
    return f"{text} [{number(found.low, digits, sign=sign)}, {number(found.high, digits, sign=sign)}]"


def ranks(row: Row) -> str:
    """The ranks that are possible: `2–4`; a dash for a row that is not ranked."""
    if row.best is None or row.worst is None:
        return "–"
    return str(row.best) if row.best == row.worst else f"{row.best}–{row.worst}"


HEADERS = ("rank", "subject", "score", "against base", "top", "runs", "samples", "per 1k", "per 1M tokens")


def shown(row: Row) -> tuple[str, ...]:
    """A row as the texts of `HEADERS`."""
    name = row.subject if row.role == "trained" else f"{row.subject} ({row.role})"
    return (
        ranks(row),
        f"{name}: {row.note}" if row.note else name,
        interval(row.score),
        interval(row.delta, sign=True),
        number(row.top, 2),
        str(row.runs) if row.role == "trained" else "–",
        "–" if row.rows is None else f"{row.rows:,}",
        number(row.per_1k_rows, 3, sign=True),
        number(row.per_1m_tokens, 3, sign=True),
    )


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A table of Markdown."""
    rule = ["--:" if place in right else "---" for place in range(len(headers))]
    lines = [headers, rule, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def as_markdown(board: Board) -> str:
    """The board as a table of Markdown with what its intervals are made of."""
    headers = [name if name != "top" else f"P(top {board.k})" for name in HEADERS]
    table = markdown(headers, [shown(row) for row in board.rows], right=(2, 3, 4, 5, 6, 7, 8))
    return f"{table}\n{sentence(board)}\n"


def sentence(board: Board) -> str:
    """How sure the order is, in words."""
    told = f"{board.told:,} of {board.pairs:,} pairs can be told apart at {board.level:.0%}." if board.pairs else ""
    return " ".join(part for part in (told, board.errors, *board.remarks) if part)
