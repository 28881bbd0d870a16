"""A single text: the whole is the instruction, unless it is clearly marked as question and answer or a transcript."""

from __future__ import annotations

from collections.abc import Callable

from lake.formats import chat, single, transcripts
from lake.formats.base import Binding, Converter, Record, Sample
from lake.formats.columns import Columns
from lake.formats.values import as_text

NAME = "plain_text"
RANK = 90
TAKES = single.TAKES - {"input", "response"}


def bind(records: list[Record]) -> Binding | None:
    """Records with a column called text or content, or one of texts that a chat template rendered."""
    columns = Columns(records)
    text = columns.text("text", "content") or next(filter(_rendered(columns), columns.values), None)
    return None if text is None else Binding(NAME, {"instruction": text, **single.common(columns, {text})})


def _rendered(columns: Columns) -> Callable[[str], bool]:
    held = lambda value: isinstance(value, str) and transcripts.rendered(value)  # noqa: E731
    return lambda column: columns.share(column, held) > 0.5


def converter(binding: Binding) -> Converter:
    """One sample per record; each text is split only where its own marks leave no doubt."""
    column = binding.fields["instruction"]
    collect, read = single.rest(binding), single.answers(binding)

    def convert(record: Record) -> list[Sample]:
        text = as_text(record.get(column), column)
        if not text or text.isspace():
            single.refuse(record, column)
        system, reference, rejected, split = read(record)
        meta = collect(record)
        turns = transcripts.marked(text)
        if turns is None:
            return [Sample(text, None, system, None, None, reference, rejected, split, meta)]
        found = chat.cut(turns, system)
        meta = single.unused_system(meta, binding, system, found.system)
        return [found.sample(reference, rejected, split, meta)]

    return convert
