"""Several answers to one prompt, and what says which of them is preferred.

Answers stand in numbered columns (`response_0`, `conversation_b`, `human_ref_A`) or in a list. The verdict is a winner
(by number, letter, name of the column or of the model), scores or ranks (in columns numbered alike, in a list beside,
in the answers themselves), one truth value a candidate, or a signed number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lake.formats.base import Record, Unusable
from lake.formats.columns import Columns, normalised
from lake.formats.values import is_scalar, kind, parsed

_STEMS = frozenset((
    "response", "completion", "output", "conversation", "generation", "summary", "reply", "model_output", "human_ref",
    "answer", "assistant", "continuation", "candidate", "text", "message", "messages", "result", "choice", "chat",
))  # fmt: skip
_ANSWERS = (
    "response", "completion", "output", "generation", "model_output", "reply", "answer", "solution", "assistant",
    "candidate", "result",
)  # fmt: skip
"""Stems of columns of which the first holds an answer where nothing says which is best."""
LISTS = (
    "responses", "completions", "outputs", "answers", "generations", "candidates", "summaries", "replies", "choices",
)  # fmt: skip
_NUMBERED = re.compile(r"(?P<stem>[a-z_]+?)_?(?P<index>\d{1,2}|(?<=_)[a-h]|(?<=[a-z])[A-H])")
_WINNERS = (
    "winner", "better_response_id", "better_response", "better", "best", "best_response", "preferred",
    "preferred_response",
    "preference", "human_preference", "overall_preference", "choice", "chosen", "chosen_index",
    "verdict", "winner_id", "safer_response_id", "gpt4_preference",
)  # fmt: skip
_LABELS = ("label", "labels")
_SCORES = frozenset(("score", "rating", "reward", "rank", "quality", "overall", "grade", "votes", "upvotes"))
_SCORE_LISTS = ("scores", "ratings", "rewards", "ranks", "ranking", "rating", "score", "overall_scores", "grades")
_SCORE_MEMBERS = (
    "overall_score",
    "score",
    "rating",
    "reward",
    "rank",
    "grade",
    "quality",
    "fine_grained_score",
    "votes",
    "pm_score",
    "upvotes",
    "likes",
)
_WON = frozenset(("winner", "won", "wins", "win", "preferred", "better", "best", "chosen"))
_TIES = frozenset(("tie", "ties", "both", "neither", "none", "equal", "same", "draw", "bothbad",
                   "tie (bothbad)", "both_bad", "tie_bothbad", "-1", "c"))  # fmt: skip


class Candidates(NamedTuple):
    """Where the answers of a record stand and what judges them; constants only.

    - columns: the numbered columns, or the one that holds a list.
    - indices: what the columns are numbered by.
    - judge: winner, scores, ranks, member, flags or sign.
    - by: the columns the judge reads, or the member of an answer.
    - base: what the first candidate is numbered, for a winner given as a number.
    """

    columns: list[str]
    indices: list[str]
    judge: str
    by: list[str]
    base: int = 0

    @property
    def listed(self) -> bool:
        """Whether one column holds all answers."""
        return not self.indices


def found(columns: Columns) -> Candidates | None:
    """The candidates of these records and their judge; None where there are no two answers or nothing judges them."""
    for stem, group in sorted(_groups(columns).items()):
        if len(group) >= 2 and stem in _STEMS and all(columns.values[name] for name in group.values()):
            judged = _judged_columns(columns, stem, group)
            if judged is not None:
                return judged
    for column in columns.named(*LISTS):
        if columns.share(column, lambda value: isinstance(parsed(value), list) and len(parsed(value)) > 1) > 0.5:
            judged = _judged_list(columns, column)
            if judged is not None:
                return judged
    return None


def numbered(columns: Columns) -> list[str]:
    """The columns of several answers that nothing judges, as `answer_1`, `answer_2`, in order, if there are any."""
    groups = _groups(columns)
    for stem in _ANSWERS:
        names = list(groups.get(stem, {}).values())
        if len(names) >= 2 and all(columns.share(name, is_scalar) == 1 for name in names) and columns.values[names[0]]:
            return names
    return []


def answers(record: Record, where: Candidates) -> list[Any]:
    """The answers of a record in order."""
    if not where.listed:
        return [record.get(column) for column in where.columns]
    value = parsed(record.get(where.columns[0]))
    if not isinstance(value, list):
        raise Unusable(f"column {where.columns[0]!r} holds {kind(value)}, not answers to choose from")
    return value


def order(record: Record, where: Candidates, given: list[Any]) -> tuple[int, int | None]:
    """The numbers of the best answer and of the worst, None where no other is worse; raises Unusable for a tie."""
    if not given or all(answer is None for answer in given):
        raise Unusable(f"no answer: {', '.join(map(repr, where.columns[:4]))} hold none")
    if where.judge in ("winner", "flags", "sign"):
        best = _winner(record, where, given)
        if best is None:
            raise Unusable(f"a tie: {_shown(record, where)} prefers no answer")
        return best, (1 - best if len(given) == 2 else None)
    marks = _marks(record, where, given)
    if len(marks) != len(given) or None in marks:
        raise Unusable(f"no preference: {_shown(record, where)} does not judge every answer")
    if len(given) < 2:
        return 0, None
    scores = [float(mark) * (-1 if where.judge == "ranks" else 1) for mark in marks if mark is not None]
    best, worst = scores.index(max(scores)), scores.index(min(scores))
    if scores[best] == scores[worst]:
        raise Unusable(f"a tie: {_shown(record, where)} prefers no answer")
    return best, worst


def _groups(columns: Columns) -> dict[str, dict[str, str]]:
    groups: dict[str, dict[str, str]] = {}
    for column in columns.values:
        if isinstance(column, str) and (match := _numbered(column)) is not None:
            stem, index = match
            groups.setdefault(stem, {})[index] = column
    return {
        stem: dict(sorted(group.items(), key=lambda item: (len(item[0]), item[0]))) for stem, group in groups.items()
    }


def _numbered(column: str) -> tuple[str, str] | None:
    match = _NUMBERED.fullmatch(
        column.strip().replace("-", "_").replace(" ", "_").replace("_A", "_a").replace("_B", "_b")
    )
    return (match["stem"].strip("_").lower(), match["index"].lower()) if match else None


def _judged_columns(columns: Columns, stem: str, group: dict[str, str]) -> Candidates | None:
    names, indices = list(group.values()), list(group)
    base = int(indices[0]) if indices[0].isdigit() else 0
    for winner in columns.named(*_WINNERS):
        if winner not in names and columns.share(winner, is_scalar) == 1:
            return _by_winner(columns, names, indices, winner, base)
    flags = [_beside(columns, stem, index, _WON) for index in indices]
    if all(flags):
        return Candidates(names, indices, "flags", [flag for flag in flags if flag])
    marks = [_beside(columns, stem, index, _SCORES) for index in indices]
    if all(marks):
        judge = "ranks" if "rank" in normalised(str(marks[0])) else "scores"
        return Candidates(names, indices, judge, [mark for mark in marks if mark])
    for label in columns.named(*_LABELS) if stem not in ("answer", "choice") else ():
        if len(names) == 2 and columns.share(label, is_scalar) == 1:
            return _by_winner(columns, names, indices, label, base)
    return None


def _by_winner(columns: Columns, names: list[str], indices: list[str], winner: str, base: int) -> Candidates:
    values = columns.values[winner]
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if (
        len(numbers) == len(values)
        and len(names) == 2
        and min(numbers, default=0) < 0
        and winner != "safer_response_id"
    ):
        return Candidates(names, indices, "sign", [winner])
    if numbers and not indices[0].isdigit():
        base = 0 if 0 in numbers or max(numbers) < len(names) else 1
    elif numbers and indices[0].isdigit() and not {str(int(number)) for number in numbers} <= {*indices, "-1"}:
        base = 0 if 0 in numbers else 1
    return Candidates(names, indices, "winner", [winner], base)


def _beside(columns: Columns, stem: str, index: str, words: frozenset[str]) -> str | None:
    """A scalar column numbered alike that scores or marks the candidate, as `score_A`, `winner_model_a`."""
    for column in sorted(column for column in columns.values if isinstance(column, str)):
        tokens = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower())
        if index not in tokens or not words & set(tokens):
            continue
        others = set(tokens) - {index} - words - set(stem.split("_")) - {"model", "is", "response", "answer"}
        if not others and columns.values[column] and columns.share(column, is_scalar) == 1:
            return column
    return None


def _judged_list(columns: Columns, column: str) -> Candidates | None:
    for winner in columns.named(*_WINNERS):
        if columns.share(winner, lambda value: isinstance(value, int) and not isinstance(value, bool)) == 1:
            return Candidates([column], [], "winner", [winner], 0 if 0 in columns.values[winner] else 1)
    lists = [value for value in map(parsed, columns.values[column]) if isinstance(value, list)]
    objects = [item for value in lists for item in value if isinstance(item, Mapping)]
    for member in _SCORE_MEMBERS:
        key = next((key for item in objects for key in item if normalised(str(key)) == member), None)
        if key is not None and all(_number(item.get(key)) is not None for item in objects):
            return Candidates([column], [], "ranks" if member == "rank" else "member", [key])
    lengths = sorted(len(value) for value in lists)
    for name in columns.named(*_SCORE_LISTS):
        marks = [value for value in map(parsed, columns.values[name]) if isinstance(value, list)]
        if sorted(map(len, marks)) == lengths and all(_number(mark) is not None for value in marks for mark in value):
            return Candidates([column], [], "ranks" if normalised(name) in ("ranks", "ranking") else "scores", [name])
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _marks(record: Record, where: Candidates, given: list[Any]) -> list[float | None]:
    if where.judge in ("member", "ranks") and where.listed and isinstance(given[0] if given else None, Mapping):
        return [_number(item.get(where.by[0])) if isinstance(item, Mapping) else None for item in given]
    if where.listed:
        beside = parsed(record.get(where.by[0]))
        return [_number(mark) for mark in beside] if isinstance(beside, list) else []
    return [_number(record.get(column)) for column in where.by]


def _winner(record: Record, where: Candidates, given: list[Any]) -> int | None:
    if where.judge == "flags":
        won = [number for number, column in enumerate(where.by) if _true(record.get(column))]
        return won[0] if len(won) == 1 else None
    value = record.get(where.by[0])
    if not is_scalar(value):
        raise Unusable(f"no preference: column {where.by[0]!r} holds {kind(value)}")
    number = _number(value)
    if where.judge == "sign":
        return None if not number else 0 if number < 0 else 1
    if number is not None and number.is_integer() and 0 <= int(number) - where.base < len(given):
        return int(number) - where.base
    text = str(value).strip().lower()
    named = _named(record, where, given, value, text)
    if named is not None or text in _TIES or text.startswith("tie") or isinstance(value, bool):
        return named
    raise Unusable(f"no preference: column {where.by[0]!r} holds {str(value)[:40]!r}, which names no answer")


def _named(record: Record, where: Candidates, given: list[Any], value: Any, text: str) -> int | None:
    """The candidate that a text names: by its index or column, by what ends with it, by its model, by itself."""
    ending = re.search(r"(?:^|[\s_(\[])([a-h]|\d{1,2})[)\]]?$", text)
    models = [record.get(f"model_{index}") or record.get(f"model{index}") for index in where.indices]
    ways = (
        [index == text for index in where.indices],
        [normalised(column) == normalised(text) for column in where.columns] if where.indices else [],
        [ending is not None and index == ending[1] for index in where.indices],
        [model == value for model in models],
        [answer == value for answer in given],
    )
    return next((way.index(True) for way in ways if way.count(True) == 1), None)


def _true(value: object) -> bool:
    return value is True or (_number(value) or 0) > 0 or str(value).strip().lower() in ("true", "yes")


def _shown(record: Record, where: Candidates) -> str:
    if where.judge == "member" or (where.judge == "ranks" and where.listed):
        return f"{where.by[0]!r} of {where.columns[0]!r}"
    return ", ".join(f"column {column!r} ({str(record.get(column))[:40]})" for column in where.by[:4])
