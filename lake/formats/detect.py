"""Which format a source is in: every module of this package with a NAME is asked, the most specific first."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from lake.errors import SourceError, UnknownNameError, UsageError
from lake.formats import conversations, paths, shapes, single, threads
from lake.formats.base import FIELDS, Binding, Converter, Format, Record, Sample
from lake.formats.columns import Columns, normalised


@cache
def formats() -> tuple[Format, ...]:
    """The formats there are, in the order they are asked: modules of this package, by their RANK."""
    package = importlib.import_module("lake.formats")
    names = [found.name for found in pkgutil.iter_modules(package.__path__, "lake.formats.")]
    modules: list[Any] = [importlib.import_module(name) for name in names]
    return tuple(sorted((module for module in modules if hasattr(module, "NAME")), key=lambda module: module.RANK))


def converter(binding: Binding) -> Converter:
    """The function that turns records of this binding into samples."""
    convert = _format(binding.format).converter(binding)
    if inner := binding.options.get("paths"):
        convert = paths.lifted(convert, inner)
    if column := binding.options.get("spread"):
        convert = paths.spreading(convert, column)
    other = binding.options.get("other")
    return _either(convert, converter(other), *map(_asked, (binding, other))) if other else convert


def columnar(binding: Binding) -> bool:
    """Whether records of this binding may be converted as columns, see `lake.formats.single_columns`."""
    return getattr(_format(binding.format), "COLUMNAR", False) and single.is_lean(binding)


def detect(
    records: Sequence[Record], *, mapping: dict[str, str] | None, headerless: bool = False, file: str = ""
) -> Binding:
    """The format of these records (see `lake.formats.probe`) bound to their columns.

    - mapping: canonical field -> source column, as given with `--map`; it goes before what is recognised.
    - headerless: the columns are numbered because the file names none.

    Raises UsageError for a mapping of unknown names, SourceError when nothing is recognised.
    """
    seen: list[Record] = [record for record in records if isinstance(record, dict) and record]
    columns = list(dict.fromkeys(str(name) for record in seen for name in record))
    if mapping:
        _check(mapping, columns, seen, file)
        inner = [path for path in mapping.values() if path not in columns]
        with_members: list[Record] = [
            {**record, **{path: paths.member(record, path) for path in inner}} for record in seen
        ]
        binding = _mapped(with_members, mapping)
    elif headerless:
        binding = _recognised(seen, ("headerless",))
    else:
        holder = conversations.holder(Columns(seen))
        binding = _recognised(seen if holder is None else [paths.spread(record, holder) for record in seen])
        if binding is not None and holder is not None:
            columns = sorted({*columns, *(key for record in seen for key in paths.spread(record, holder))})
            binding = replace(binding, options={**binding.options, "spread": holder})
    if binding is None:
        raise _unrecognised(seen, columns, file, mapping)
    inner = sorted(
        {name for name in (*binding.fields.values(), *_names_in(binding.options)) if paths.is_path(name, columns)}
    )
    if inner:
        binding = replace(binding, options={**binding.options, "paths": inner})
    return binding if mapping or headerless else _with_other(binding, seen)


def _with_other(binding: Binding, records: list[Record]) -> Binding:
    """The binding, with another for the records that lack the column of its prompt and are in a format with answers."""
    asked = _asked(binding)
    left = [record for record in records if asked is not None and record.get(asked) is None]
    if not left or len(left) == len(records) or binding.format == threads.NAME:
        return binding
    try:
        other = detect(left, mapping=None)
    except SourceError:
        return binding
    if not {"response", "reference_answer", "messages"} & other.fields.keys() or _asked(other) in (None, asked):
        return binding
    return replace(binding, options={**binding.options, "other": other})


def _asked(binding: Binding) -> str | None:
    """The column that the prompt stands in; None where it is none of its own."""
    column = binding.fields.get("messages") or binding.fields.get("instruction")
    return None if column is None or "spread" in binding.options or "paths" in binding.options else column


def _either(convert: Converter, other: Converter, column: str | None, other_column: str | None) -> Converter:
    """Records that have only the other column are converted the other way."""

    def by_column(record: Record) -> list[Sample]:
        lacks = column is not None and record.get(column) is None and record.get(other_column or "") is not None
        return other(record) if lacks else convert(record)

    return by_column


def _format(name: str) -> Format:
    for known in formats():
        if name == known.NAME:
            return known
    raise UnknownNameError.of("format", name, (known.NAME for known in formats()))


def _recognised(records: list[Record], names: Iterable[str] | None = None) -> Binding | None:
    known = [found for found in formats() if names is None or found.NAME in names]
    return next((binding for found in known if (binding := found.bind(records)) is not None), None)


def _mapped(records: list[Record], mapping: dict[str, str]) -> Binding | None:
    """What is recognised, overruled by the mapping; where it cannot take it, an instruction alone is enough."""
    if "messages" in mapping:
        column = mapping["messages"]
        found = _recognised([_only_conversation(record, column) for record in records])
        return _overruled(found, mapping) if found is not None and found.fields.get("messages") == column else None
    found = _recognised(records)
    if found is not None and _contradicts(mapping, found):
        found = _recognised([{k: v for k, v in record.items() if k not in mapping.values()} for record in records])
    if found is not None and mapping.keys() <= _format(found.format).TAKES:
        return _overruled(found, mapping)
    if "instruction" in mapping:
        prompt = normalised(mapping["instruction"])
        others = set(mapping.values()) - {mapping["instruction"]}
        left = Columns({k: v for k, v in record.items() if k not in others} for record in records)
        return _overruled(
            single.bind("mapped", left, prompts=(prompt,), answered=False) or Binding("mapped", {}), mapping
        )
    if found is None:
        return None
    refused = ", ".join(sorted(mapping.keys() - _format(found.format).TAKES))
    raise UsageError(
        f"The source was recognised as {found.describe()}, which has no place for a mapping of {refused}.",
        hint=f"Map the prompt as well, for example --map instruction=COLUMN, or leave out {refused}.",
    )


def _contradicts(mapping: dict[str, str], found: Binding) -> bool:
    """Whether a mapped column was recognised as something else."""
    recognised = {(column, field) for field, column in found.fields.items()}
    recognised |= {(column, option) for option, value in found.options.items() for column in _names_in(value)}
    return any(column == other and field != use for field, column in mapping.items() for other, use in recognised)


def _names_in(option: Any) -> Iterable[str]:
    """The texts in an option: columns, or words that no harm is done by taking for columns."""
    if isinstance(option, str):
        return [option]
    inner = option.values() if isinstance(option, dict) else option if isinstance(option, list) else []
    return [name for value in inner for name in _names_in(value)]


def _overruled(found: Binding, mapping: dict[str, str]) -> Binding:
    """The binding with the mapped columns in their fields."""
    fields = found.fields | mapping
    return replace(found, fields={field: fields[field] for field in FIELDS if field in fields})


def _only_conversation(record: Record, column: str) -> dict[str, Any]:
    """The record without the other columns that could be taken for a conversation or for the prompt."""
    return {
        name: value
        for name, value in record.items()
        if name == column or (not isinstance(value, list | dict) and not str(value).lstrip().startswith("["))
    }


def _check(mapping: dict[str, str], columns: list[str], records: list[Record], file: str) -> None:
    where = f"{file} has the columns {_listed(columns)}."
    for field, column in mapping.items():
        if field not in FIELDS:
            raise UnknownNameError.of("field", field, FIELDS, hint="Use --map field=column.")
        if column not in columns and all(paths.member(record, column) is None for record in records):
            raise UnknownNameError.of("column", column, columns, hint=where.strip())
    if "messages" in mapping and ({"instruction", "input"} & mapping.keys()):
        raise UsageError(
            "A mapping of 'messages' excludes 'instruction' and 'input'.",
            hint="A conversation holds its own prompt: map either one or the other.",
        )


def _unrecognised(records: list[Record], columns: list[str], file: str, mapping: dict[str, str] | None) -> SourceError:
    if not columns:
        return SourceError("it holds no records with columns", file=file, hint="A row needs at least one column.")
    if mapping and "messages" in mapping:
        reason = f"column {mapping['messages']!r} does not hold conversations"
        return SourceError(reason, file=file, hint="Map a list of turns with role and content, or from and value.")
    seen = shapes.described(records)
    return SourceError(
        f"no known format has the columns {_listed(columns)}" + (f"; {seen}" if seen else ""),
        file=file,
        hint=shapes.proposal(records),
    )


def _listed(columns: list[str]) -> str:
    return ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
