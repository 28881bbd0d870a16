"""Nested instances: one instruction with `instances[]` (or `examples[]`) of `input` and `output`, a sample each."""

from __future__ import annotations

from collections.abc import Mapping

from lake.formats import single
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.columns import Columns
from lake.formats.values import as_text, kind, parsed_list

NAME = "instances"
RANK = 12
TAKES = single.TAKES - {"input", "response"}

_LISTS = ("instances", "examples")
_PROMPTS = ("instruction", "definition", "prompt", "question", "description")
_INPUTS, _OUTPUTS = ("input", "question"), ("output", "target", "answer", "response")


def bind(records: list[Record]) -> Binding | None:
    """Records with a list of objects that have an output."""
    columns = Columns(records)
    column = next((c for c in columns.named(*_LISTS) if columns.share(c, _holds_instances) > 0.5), None)
    if column is None:
        return None
    instruction = columns.text(*_PROMPTS)
    fields = {} if instruction is None else {"instruction": instruction}
    return Binding(NAME, fields | single.common(columns, set(fields.values())), {"instances": column})


def converter(binding: Binding) -> Converter:
    """As many samples as a record has usable instances; each carries the record's other columns."""
    column, prompt = binding.options["instances"], binding.fields.get("instruction")
    collect, read = single.rest(binding, column), single.answers(binding)

    def convert(record: Record) -> list[Sample]:
        items = parsed_list(record.get(column))
        if not items:
            raise Unusable(f"no instances: column {column!r} holds {'nothing' if items == [] else kind(items)}")
        instruction = None if prompt is None else as_text(record.get(prompt), prompt)
        system, reference, rejected, split = read(record)
        meta = collect(record)
        samples = []
        for item in items:
            text, response, extra = _instance(item, column)
            asked = "\n".join([part for part in (instruction, text) if part])
            if not asked or asked.isspace():
                raise Unusable("no instruction: neither the record nor the instance has one")
            beside = {**(meta or {}), column: [extra]} if extra else meta
            samples.append(Sample(asked, response, system, None, None, reference, rejected, split, beside))
        return samples

    return convert


def _holds_instances(value: object) -> bool:
    items = parsed_list(value)
    return bool(items) and all(isinstance(i, Mapping) and any(key in i for key in _OUTPUTS) for i in items or [])


def _instance(item: object, column: str) -> tuple[str | None, str | None, dict[str, object]]:
    """Input, output and what else an instance has."""
    if not isinstance(item, Mapping):
        raise Unusable(f"column {column!r} has an instance that is {kind(item)}, not an object")
    asked = next((key for key in _INPUTS if item.get(key) is not None), None)
    answered = next((key for key in _OUTPUTS if item.get(key) is not None), None)
    extra = {key: value for key, value in item.items() if key not in (asked, answered) and value is not None}
    return (
        None if asked is None else as_text(item[asked], f"{column}.{asked}"),
        None if answered is None else as_text(item[answered], f"{column}.{answered}"),
        extra,
    )
