"""Binding and conversion shared by the formats that hold a whole conversation in one column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lake.formats import single, speakers
from lake.formats.base import FIELDS, Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import ROLES, Message, cut
from lake.formats.columns import Columns, normalised
from lake.formats.messages import ROLE_KEYS, read
from lake.formats.values import as_text, turn_list, without_nulls

NAMES = (
    "messages", "conversations", "conversation", "dialogue", "dialog", "dialogs", "chat", "chats", "turns",
    "utterances", "trajectory", "prompt",
)  # fmt: skip
"""Names of conversation columns; where none of them fits, any column of the shape is taken."""

_REFERENCES = (
    "reference_answer", "ground_truth", "groundtruth", "final_answer", "expected_answer", "gold_answer", "answer",
)  # fmt: skip
_PROMPTS = ("prompt", "instruction", "problem", "question", "query", "input")
_RESPONSES = ("completion", "response", "output", "solution")

TAKES = frozenset(FIELDS) - {"instruction", "input"}
"""Fields a mapping may give to the formats converted here."""

_TOOLS = ("tools", "functions")

Reader = Callable[[object, str], list[Message]]
"""A column's value (and the column's name) to its turns; raises Unusable."""


def of_objects(value: object, *shapes: tuple[str, ...]) -> bool:
    """Whether the value is a list of objects (in any form of `turn_list`) of which one has all keys of a shape."""
    items = turn_list(value) or []
    return all(isinstance(item, Mapping) for item in items) and any(
        all(key in item for key in keys) for keys in shapes for item in items
    )


def column_of(columns: Columns, test: Callable[[object], bool], *, known_only: bool = False) -> str | None:
    """The first column, well-known names first (or alone), most of whose values pass the test."""
    candidates = [*columns.named(*NAMES), *(() if known_only else columns.values)]
    return next(
        (c for c in candidates if columns.share(c, test) > 0.5 and columns.share(c, _only_answers) <= 0.5), None
    )


def _only_answers(value: object) -> bool:
    """Whether all turns are an assistant's: an answer to what stands elsewhere."""
    turns = turn_list(value) or []
    return bool(turns) and all(isinstance(turn, Mapping) and _role_of(turn) == "assistant" for turn in turns)


def holder(columns: Columns) -> str | None:
    """A column of objects that hold a conversation under a well-known name, as `input.messages`."""
    for column in columns.values:
        if columns.share(column, _holds_conversation) > 0.5:
            return column
    return None


def _holds_conversation(value: object) -> bool:
    if not isinstance(value, Mapping) or turn_list(value) is not None:
        return False
    held = [inner for key, inner in value.items() if normalised(str(key)) in NAMES]
    return any(of_objects(inner, *((key,) for key in ROLE_KEYS)) for inner in held)


def bind(name: str, columns: Columns, column: str | None, **options: Any) -> Binding | None:
    """A binding of the conversation column and what stands beside it; None when there is no column.

    Options: echo = {field: columns that may merely repeat it}; speakers = {name that is no role: role}.
    """
    if column is None:
        return None
    fields = {"messages": column}
    taken = {column}
    completion = _completion(columns, column, taken)
    if completion is not None:
        fields["response"] = completion
        taken.add(completion)
    fields |= single.reference(columns, taken, _REFERENCES)
    fields |= single.common(columns, taken)
    echo = {"instruction": columns.named(*_PROMPTS), "response": columns.named(*_RESPONSES)}
    echo = {field: [other for other in found if other not in fields.values()] for field, found in echo.items()}
    kept = {field: found for field, found in echo.items() if found}
    options |= {"echo": kept} if kept else {}
    names = speakers.openers(_readable(columns.values[column], column))
    options |= {"speakers": names} if names else {}
    return Binding(name, fields, {**single.unpacked(columns, fields), **options})


def _readable(values: list[Any], column: str) -> Iterator[list[Message]]:
    for value in values:
        try:
            yield read(value, column)
        except (Unusable, RecursionError):
            continue


def _completion(columns: Columns, column: str, taken: set[str]) -> str | None:
    """The column of the answer where the conversations stop before it."""
    open_ended = lambda value: not _answered(turn_list(value) or [])  # noqa: E731
    if columns.share(column, open_ended) < 1:
        return None
    return next((found for found in columns.named(*_RESPONSES) if found not in taken and columns.values[found]), None)


def _answered(items: list[Any]) -> bool:
    last = items[-1] if items else None
    return isinstance(last, Mapping) and _role_of(last) == "assistant"


def _role_of(turn: Mapping[str, Any]) -> str | None:
    name = next((turn[key] for key in ROLE_KEYS if isinstance(turn.get(key), str)), "")
    return ROLES.get(name.lower())


def converter(binding: Binding, reader: Reader = read) -> Converter:
    """One sample per conversation, its turns read by `reader`."""
    fields = binding.fields
    column, answer = fields["messages"], fields.get("response")
    echo: dict[str, list[str]] = binding.options.get("echo", {})
    prompt_echo, answer_echo = tuple(echo.get("instruction", ())), tuple(echo.get("response", ()))
    collect, beside = single.rest(binding), single.answers(binding)

    names: dict[str, str] = binding.options.get("speakers", {})

    def convert(record: Record) -> list[Sample]:
        messages = speakers.assigned(reader(record.get(column), column), names)
        system, reference, rejected, split = beside(record)
        if answer is not None:
            value = record.get(answer)
            if isinstance(value, list):
                messages += reader(value, answer)
            elif value is not None:
                messages.append(Message("assistant", as_text(value, answer) or ""))
        found = cut(messages, system)
        meta = collect(record)
        if meta is not None:
            meta |= {tools: without_nulls(meta[tools]) for tools in _TOOLS if tools in meta}
            meta = single.drop_echo(meta, prompt_echo, found.instruction)
            meta = single.drop_echo(meta, answer_echo, found.response)
        return [found.sample(reference, rejected, split, single.unused_system(meta, binding, system, found.system))]

    return convert
