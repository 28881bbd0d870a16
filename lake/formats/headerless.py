"""Tables without a header: two columns are question and answer, three also hold the reasoning."""

from __future__ import annotations

from lake.formats import single
from lake.formats.base import Binding, Converter, Record
from lake.formats.columns import Columns

NAME = "headerless"
RANK = 5
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Records of column_1 to column_3 (or column_1 and another); of the last two the shorter is the short answer."""
    columns = Columns(records)
    names: list[str] = [name for name in ("column_1", "column_2", "column_3") if name in columns.values]
    if len(names) != len(columns.values) or names[:1] != ["column_1"]:
        return None
    fields = {"instruction": names[0]}
    if len(names) == 2:
        fields["response"] = names[1]
    if len(names) == 3:
        second, third = (_length(columns, name) for name in names[1:])
        answer, reasoning = (names[1], names[2]) if second <= third else (names[2], names[1])
        fields |= {"response": reasoning, "reference_answer": answer}
    return Binding(NAME, fields)


def converter(binding: Binding) -> Converter:
    """One sample per record."""
    return single.converter(binding)


def _length(columns: Columns, name: str) -> float:
    values = columns.values[name]
    return sum(len(str(value)) for value in values) / max(1, len(values))
