"""Reading what a judge answered: tolerant of what stands around an answer, strict about the answer itself.

An answer is what the schema says, or it is unparsable with the reason; nothing is guessed, rounded or clamped. The
forms that the reference reads (`<bos>7</eos>`, a list of tags by its length alone) are read by `marked_score` and
`counted_tags`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from scorers.judging.question import HIGHEST, LOWEST, Question

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_MARKED = re.compile(r"<bos>\s*([0-9]+(?:\.[0-9]+)?)\s*</[eb]os>", re.IGNORECASE)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Answer:
    """What an answer says, as plain values to be stored as JSON; or why it says nothing."""

    value: Any = None
    problem: str = ""


def read(question: Question, text: str, finish: str = "stop") -> Answer:
    """The answer in a text; finish: why the model stopped, `length` where it was cut off."""
    if question.answer == "text":
        return Answer(text) if text.strip() else Answer(problem="the answer is empty")
    if question.answer == "tags":
        return read_tags(text)
    if finish == "length":
        return Answer(problem="the answer was cut off before its end")
    body = _THOUGHT.sub("", text).strip()
    if fenced := _FENCE.match(body):
        body = fenced[1].strip()
    if not body:
        return Answer(problem="the answer is empty")
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return Answer(problem=f"the answer is not JSON: {error}")
    return _checked(question, found)


def _checked(question: Question, found: Any) -> Answer:
    schema = question.schema or {}
    wanted = set(schema["properties"])
    if not isinstance(found, dict):
        return Answer(problem=f"the answer is not a JSON object but a {type(found).__name__}")
    given = {str(key).strip().lower(): value for key, value in found.items()}
    if set(given) != wanted or len(given) != len(found):
        odd = sorted(wanted ^ set(given)) or sorted(given)
        return Answer(problem=f"the answer lacks or adds keys: {', '.join(odd)[:200]}")
    values: dict[str, Any] = {}
    for name in schema["properties"]:
        value = given[name]
        if schema["properties"][name]["type"] == "integer":
            value = _whole(value)
            if value is None:
                return Answer(problem=f"{name} is not a whole number from {LOWEST} to {HIGHEST}: {given[name]!r:.80}")
        elif not isinstance(value, bool if name == "same" else str):
            return Answer(problem=f"{name} is a {type(value).__name__}")
        values[name] = value
    return Answer(values)


def _whole(given: Any) -> int | None:
    """A rating: a whole number on the scale, also written as text or with a point and zeros."""
    if isinstance(given, str) and re.fullmatch(r"\s*[0-9]{1,2}\s*", given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, (int, float)) or given != given // 1:
        return None
    return int(given) if LOWEST <= given <= HIGHEST else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def read_tags(text: str) -> Answer:
    """The complete objects with a `tag` in a text, in order, wherever the text breaks off.

    An empty list is an answer; a text without a list or object is none.
    """
    body = _THOUGHT.sub("", text)
    tags: list[dict[str, str]] = []
    place, seen = 0, "[" in body and re.search(r"\[\s*\]", body) is not None
    while (start := body.find("{", place)) >= 0:
        try:
            found, end = _DECODER.raw_decode(body, start)
        except (ValueError, RecursionError):
            found, end = {}, start
        tag = found.get("tag")
        named = isinstance(tag, str) and bool(tag.strip())
        place = end if named else start + 1  # what holds no tag itself may hold objects that do
        if named:
            tags.append({"tag": tag.strip(), "explanation": str(found.get("explanation", ""))})
    return Answer(tags) if tags or seen else Answer(problem="the answer holds no tag")


def counted_tags(text: str) -> int:
    """Tags as the reference counts them: the length of a JSON list, 1 for an object, 0 for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    return len(found) if isinstance(found, list) else int(isinstance(found, dict))


def marked_score(text: str) -> float | None:
    """The first `<bos>number</eos>` as the reference reads it, clamped to the scale."""
    found = _MARKED.search(text)
    return None if found is None else min(max(float(found[1]), float(LOWEST)), float(HIGHEST))
