"""Binding and conversion shared by the formats that hold a whole conversation in one column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lake.formats import single
from lake.formats.base import FIELDS, Binding, Converter, Record, Sample
from lake.formats.chat import Message, cut
from lake.formats.columns import Columns
from lake.formats.messages import read
from lake.formats.values import as_text, turn_list

NAMES = (
    "messages", "conversations", "conversation", "dialogue", "dialog", "dialogs", "chat", "chats", "turns", "prompt",
)  # fmt: skip
"""Names of conversation columns; where none of them fits, any column of the shape is taken."""

_REFERENCES = (
    "reference_answer", "ground_truth", "groundtruth", "final_answer", "expected_answer", "gold_answer", "answer",
)  # fmt: skip
_PROMPTS = ("prompt", "instruction", "problem", "question", "query", "input")
_RESPONSES = ("completion", "response", "output", "solution")

TAKES = frozenset(FIELDS) - {"instruction", "input"}
"""Fields a mapping may give to the formats converted here."""

Reader = Callable[[object, str], list[Message]]
"""A column's value (and the column's name) to its turns; raises Unusable."""


def of_objects(value: object, *keys: str) -> bool:
    """Whether the value is a list (or a JSON string of one) whose first element is an object with these keys."""
    items = turn_list(value)
    return bool(items) and isinstance(items[0], Mapping) and all(key in items[0] for key in keys)  # type: ignore[index]


def column_of(columns: Columns, test: Callable[[object], bool], *, known_only: bool = False) -> str | None:
    """The first column, well-known names first (or alone), most of whose values pass the test."""
    candidates = [*columns.named(*NAMES), *(() if known_only else columns.values)]
    return next((column for column in candidates if columns.share(column, test) > 0.5), None)


def bind(name: str, columns: Columns, column: str | None, **options: Any) -> Binding | None:
    """A binding of the conversation column and what stands beside it; None when there is no column.

    Options: echo = {field: columns that may merely repeat it}.
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
    return Binding(name, fields, {**({"echo": kept} if kept else {}), **options})


def _completion(columns: Columns, column: str, taken: set[str]) -> str | None:
    """The column of the answer where the conversations stop before it."""
    open_ended = lambda value: not _answered(turn_list(value) or [])  # noqa: E731
    if columns.share(column, open_ended) < 1:
        return None
    return next((found for found in columns.named(*_RESPONSES) if found not in taken and columns.values[found]), None)


def _answered(items: list[Any]) -> bool:
    last = items[-1] if items else None
    return isinstance(last, Mapping) and (last.get("role") or last.get("from")) in ("assistant", "gpt")


def converter(binding: Binding, reader: Reader = read) -> Converter:
    """One sample per conversation, its turns read by `reader`."""
    fields = binding.fields
    column, answer = fields["messages"], fields.get("response")
    echo: dict[str, list[str]] = binding.options.get("echo", {})
    prompt_echo, answer_echo = tuple(echo.get("instruction", ())), tuple(echo.get("response", ()))
    collect, beside = single.rest(single.held(binding)), single.answers(binding)

    def convert(record: Record) -> list[Sample]:
        messages = reader(record.get(column), column)
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
            meta = single.drop_echo(meta, prompt_echo, found.instruction)
            meta = single.drop_echo(meta, answer_echo, found.response)
        return [found.sample(reference, rejected, split, single.unused_system(meta, binding, system, found.system))]

    return convert
