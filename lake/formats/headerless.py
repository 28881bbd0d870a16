"""Tables without a header: question and answer, the reasoning besides, or options and the letter of the right one."""

from __future__ import annotations

from string import ascii_uppercase

from lake.formats import answers, choices, multiple_choice, single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "headerless"
RANK = 5
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records of column_1 to column_3 (or column_1 and another); of the last two the shorter is the short answer."""
    columns = Columns(records)
    names: list[str] = [name for name in ("column_1", "column_2", "column_3") if name in columns.values]
    if len(columns.values) > 3 and names[:1] == ["column_1"]:
        return _multiple_choice(columns)
    if len(names) != len(columns.values) or names[:1] != ["column_1"]:
        return None
    fields = {"instruction": names[0]}
    if len(names) == 2:
        fields["response"] = names[1]
        if answers.is_final(columns, names[1]):
            fields["reference_answer"] = names[1]
    if len(names) == 3:
        second, third = (_length(columns, name) for name in names[1:])
        answer, reasoning = (names[1], names[2]) if second <= third else (names[2], names[1])
        fields |= {"response": reasoning, "reference_answer": answer}
    return Binding(NAME, fields)


def _multiple_choice(columns: Columns) -> Binding | None:
    """A question, its options and the letter or number of the right one, in this order."""
    names = [f"column_{number}" for number in range(1, len(columns.values) + 1)]
    if set(names) != columns.values.keys():
        return None
    question, *options, label = names
    letters = set(ascii_uppercase[: len(options)])
    numbers = {str(number) for number in range(len(options) + 1)}
    held = {str(value).strip().upper() for value in columns.values[label]}
    if not held or not (held <= letters or held <= numbers) or not columns.holds_texts(question):
        return None
    base = choices.first_position(columns.values[label], len(options), 0)
    found = {"choices": options, "labels": [label], "base": base}
    return Binding(NAME, {"instruction": question, "response": label}, found)


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return multiple_choice.converter(binding) if "choices" in binding.options else single.converter(binding)


def _length(columns: Columns, name: str) -> float:
    values = columns.values[name]
    return sum(len(str(value)) for value in values) / max(1, len(values))
