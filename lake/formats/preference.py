"""Preference pairs: a prompt, a chosen and a rejected answer, as texts, turns, whole conversations or transcripts."""

from __future__ import annotations

from lake.formats import conversations, pairs, single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns
from lake.formats.transcripts import transcript
from lake.formats.values import is_scalar

NAME = "preference"
RANK = 10
TAKES = single.TAKES - {"instruction", "input"}

_ANSWERS = (
    ("chosen", "rejected"), ("chosen_response", "rejected_response"), ("response_chosen", "response_rejected"),
    ("pos", "neg"), ("accepted", "rejected"), ("preferred", "dispreferred"), ("win", "lose"), ("accept", "reject"),
    ("preferred_output", "non_preferred_output"), ("preferred_response", "rejected_response"),
    ("response_win", "response_lose"), ("better", "worse"), ("better_response", "worse_response"),
    ("winner_response", "loser_response"), ("chosen_completion", "rejected_completion"),
)  # fmt: skip
_PROMPTS = ("prompt", "instruction", "question", "query", "problem")
_LONE_PROMPTS = ("input", "src", "source", "history", "context", "post")
_CONTEXTS = ("context", "history", "input", "question")


def bind(records: list[Record]) -> Binding | None:
    """Records with two answers of which one is preferred, and a prompt somewhere.

    Options: style = text (with a prompt column), transcript (the prompt is in both answers) or turns; wrapped = texts
    begin with "Instruction:" and "Response:"; echo and otherwise as in the single-turn and conversation formats.
    """
    columns = Columns(records)
    names = next((tuple(found) for both in _ANSWERS if len(found := columns.named(*both)) == 2), None)
    if names is None or not all(columns.values[name] for name in names):
        return None
    chosen, rejected = names
    fields = {"response": chosen, "rejected_response": rejected}
    if all(columns.share(name, is_scalar) > 0.5 for name in names):
        return _of_texts(columns, fields)
    turns = _context(columns)
    prompt = None if turns else columns.text(*_PROMPTS, *_LONE_PROMPTS)
    place = {"messages": turns} if turns else {"instruction": prompt} if prompt else {}
    fields = place | fields
    return Binding(NAME, fields | single.common(columns, set(fields.values())), {"style": "turns"})


def converter(binding: Binding) -> Converter:
    """One sample per pair; the answer not preferred is the rejected response."""
    if binding.options["style"] == "text":
        plain = Binding(binding.format, binding.fields, {"otherwise": binding.options.get("otherwise", {})})
        convert = single.converter(plain)
        return pairs.unwrapped(convert) if binding.options.get("wrapped") else convert
    return pairs.converter(binding, transcripts=binding.options["style"] == "transcript")


def _of_texts(columns: Columns, fields: dict[str, str]) -> Binding | None:
    chosen, rejected = fields["response"], fields["rejected_response"]
    turns = _context(columns)
    if turns is not None:
        fields = {"messages": turns, **fields}
        return Binding(NAME, fields | single.common(columns, set(fields.values())), {"style": "turns"})
    if all(columns.share(name, lambda value: _several(str(value))) > 0.5 for name in (chosen, rejected)):
        return Binding(NAME, fields | single.common(columns, set(fields.values())), {"style": "transcript"})
    prompts = _PROMPTS if columns.text(*_PROMPTS) else _LONE_PROMPTS
    found = single.bind(NAME, columns, prompts=prompts, responses=(chosen.lower(),), answered=False)
    if found is None:
        return None
    fields = {**found.fields, **fields}
    texts = (fields["instruction"], chosen, rejected)
    marks = ("Instruction:", "Response:", "Response:")
    wrapped = all(
        columns.share(name, lambda value, m=mark: str(value).startswith(m)) > 0.9
        for name, mark in zip(texts, marks, strict=True)
    )
    only = [field for field, column in fields.items() if list(fields.values()).count(column) == 1]
    kept = {field: fields[field] for field in only if field != "input" or not wrapped}
    return Binding(NAME, kept, {**found.options, "style": "text", "wrapped": wrapped})


def _context(columns: Columns) -> str | None:
    """The column of the turns that both answers follow."""
    found = conversations.column_of(columns, pairs.holds_turns, known_only=True)
    others = (column for column in columns.named(*_CONTEXTS) if columns.share(column, pairs.holds_turns) > 0.5)
    return found or next(others, None)


def _several(text: str) -> bool:
    turns = transcript(text)
    return turns is not None and len(turns) > 1
