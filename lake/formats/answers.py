"""What a column of answers holds: a text, several of which the first is the answer, steps, turns or calls of tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lake.formats.base import Record, Unusable
from lake.formats.chat import Message
from lake.formats.columns import Columns, alone, normalised
from lake.formats.messages import ROLE_KEYS, TEXT_KEYS, calls_of, message
from lake.formats.values import as_text, is_scalar, json_text, kind, parsed, turn_list

MEMBERS = (
    "text", "content", "value", "response", "answer", "output", "completion", "generated_text", "message", "body",
    "solution", "full_text",
)  # fmt: skip
"""Names under which an object holds its text."""

_SENTENCES = 80
"""Characters on average from which answers are more than final ones."""

_STEPS = re.compile(r"(^|_)(steps|rationales)$")
_VERDICTS = ("labels", "step_labels", "ratings", "is_correct", "correct")
_FINAL = re.compile(
    r"[-+±]?[$€£]?\s*\d[\d.,\s]*(?:[eE][-+]?\d+)?\s*[%°]?|[-+]?\d+\s*/\s*\d+|\$[^$]{1,40}\$|-?\\[dt]?frac\{[^{}]{1,16}\}\{[^{}]{1,16}\}|"
    r"[Yy]es|[Nn]o|[Tt]rue|[Ff]alse"
)


class Answer(NamedTuple):
    """An answer read out of a column.

    - calls: the calls of tools that are the answer, if it is that.
    - more: whether the column says more than the text.
    """

    text: str | None
    calls: list[dict[str, Any]] | None = None
    more: bool = False


Reader = Callable[[Record], Answer]


def form(columns: Columns, column: str) -> str | None:
    """How a column holds answers: text, list (the first is it), steps (all are) or json; None when it holds none."""
    values = columns.values[column]
    if not values:
        return "text"
    if columns.share(column, _is_json_answer) == 1:
        return "json"
    if columns.share(column, is_scalar) > 0.5:
        return "text"
    if columns.share(column, _is_answer) <= 0.5:
        return None
    if columns.share(column, _several_texts) > 0.5 and (_STEPS.search(normalised(column)) or _judged(columns, column)):
        return "steps"
    return "list"


def says_more_than_gold(columns: Columns, column: str) -> bool:
    """Whether a column called `answers` holds what a model shall say: calls of tools, or texts of several sentences."""
    found = []
    for value in columns.values[column]:
        try:
            found.append(answer(parsed(value), column))
        except Unusable:
            return False
    texts = [each.text for each in found if each.text]
    return all(each.calls for each in found) or sum(map(len, texts)) > _SENTENCES * max(1, len(texts))


def reader(column: str, how: str = "text") -> Reader:
    """A function that reads the answer of a record; it raises Unusable where the column holds something else."""

    def read(record: Record) -> Answer:
        value = record.get(column)
        return answer(parsed(value) if how == "json" else value, column, steps=how == "steps")

    return read


def answer(value: Any, column: str, *, steps: bool = False) -> Answer:
    """The answer that a value holds."""
    if value is None or is_scalar(value):
        return Answer(as_text(value, column))
    turns = turn_list(value) if isinstance(value, Mapping) else None
    items = turns or ([value] if isinstance(value, Mapping) else value)
    if not isinstance(items, list):
        raise Unusable(f"column {column!r} holds {kind(value)}, not an answer")
    return _answer_of(items, column, steps=steps) if items else Answer(None)


def _answer_of(items: list[Any], column: str, *, steps: bool) -> Answer:
    if all(_is_call(item) for item in items):
        return Answer(None, calls_of([dict(item.get("function", item)) for item in items]))
    if isinstance(items[0], Mapping) and _is_turn(items[0]):
        said = [turn for item in items if (turn := message(item, column)).role == "assistant"]
        last = said[-1] if said else None
        return Answer(last.text if last else None, more=last is None or last.keep or len(items) > 1)
    texts = [_text_of(item, column) for item in items]
    if steps:
        return Answer("\n".join(text for text in texts if text))
    return Answer(texts[0], more=len(items) > 1 or (isinstance(items[0], Mapping) and len(items[0]) > 1))


def holds_turns(value: Any) -> bool:
    """Whether a value is a list of turns, in any of its forms."""
    turns = turn_list(value)
    return bool(turns) and all(isinstance(turn, Mapping) and _is_turn(turn) for turn in turns or [])


def called(calls: list[dict[str, Any]], column: str) -> Message:
    """The assistant's turn that is these calls."""
    return message({"role": "assistant", "content": None, "tool_calls": calls}, column)


def is_final(columns: Columns, column: str) -> bool:
    """Whether a column holds bare final answers: numbers, yes and no, truth values."""
    return columns.share(column, _is_final) == 1


def _is_final(value: object) -> bool:
    value = alone(value)
    return is_scalar(value) and _FINAL.fullmatch(str(value).strip()) is not None


_GOLD = ("text", "value", "answer", "ground_truth", "target")
"""Names under which an object holds its final answer."""


def final(value: Any, column: str) -> str | None:
    """A final answer as text: a list of one is that one, `answers` of SQuAD its first text, an object its value."""
    value = alone(value)
    inner, _ = _gold(value)
    if inner is not None:
        return as_text(inner, column)
    if value is None or isinstance(value, str):
        return value or None
    return as_text(value, column) if is_scalar(value) else json_text(value, column)


def says_more(value: Any) -> bool:
    """Whether a value holds more than the final answer that is taken from it."""
    return _gold(alone(value))[1]


def _gold(value: Any) -> tuple[Any, bool]:
    """The final answer within an object, and whether the object says more; None where it is not within one."""
    if not isinstance(value, Mapping):
        return None, False
    inner = next((value[key] for key in _GOLD if value.get(key)), None)
    several = isinstance(inner, list) and len(inner) > 1
    if isinstance(inner, list):
        inner = inner[0]
    if inner is None or not is_scalar(inner):
        return None, False
    return inner, several or sum(member is not None for member in value.values()) > 1


def is_list_of_one_text(value: object) -> bool:
    """Whether a value is JSON text of a list of one text, as `["2"]`."""
    found = parsed(value) if isinstance(value, str) else None
    return isinstance(found, list) and len(found) == 1 and isinstance(found[0], str)


def _text_of(item: Any, column: str) -> str | None:
    if isinstance(item, Mapping):
        key = next((key for key in MEMBERS if is_scalar(item.get(key))), None)
        if key is None:
            raise Unusable(f"column {column!r} has an answer without a text, only {', '.join(map(str, item))}"[:300])
        return as_text(item[key], column)
    return as_text(item, column)


def _is_call(item: object) -> bool:
    if not isinstance(item, Mapping):
        return False
    inner = item.get("function", item)
    return isinstance(inner, Mapping) and isinstance(inner.get("name"), str) and "arguments" in inner


def _is_turn(item: Mapping[str, Any]) -> bool:
    return any(isinstance(item.get(key), str) for key in ROLE_KEYS) and any(
        key in item for key in (*TEXT_KEYS, "tool_calls")
    )


def _is_answer(value: object) -> bool:
    """Whether a value that is no scalar holds an answer."""
    if isinstance(value, Mapping):
        return _is_call(value) or any(is_scalar(value.get(key)) for key in MEMBERS) or holds_turns(value)
    if not isinstance(value, list) or not value:
        return value == []
    return (
        all(isinstance(item, str) for item in value)
        or all(_is_call(item) for item in value)
        or all(isinstance(i, Mapping) and (_is_turn(i) or any(is_scalar(i.get(key)) for key in MEMBERS)) for i in value)
    )


def _is_json_answer(value: object) -> bool:
    """Whether a text is JSON of calls, of texts or of objects with a text."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return False
    found = parsed(value)
    return not isinstance(found, str) and found != [] and _is_answer(found)


def _several_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _judged(columns: Columns, column: str) -> bool:
    """Whether a column beside it holds one truth value or number for each of its texts, as for steps of a solution."""
    lengths = [len(value) for value in columns.values[column] if isinstance(value, list)]
    for name in columns.named(*_VERDICTS):
        judged = [value for value in columns.values[name] if isinstance(value, list)]
        whole = all(isinstance(item, bool) or item in (-1, 0, 1) for value in judged for item in value)
        if judged and whole and sorted(map(len, judged)) == sorted(lengths):
            return True
    return False
