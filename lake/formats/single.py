"""One question, one answer: the binding and the fast conversion shared by all single-turn formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from lake.formats import answers as answering
from lake.formats import candidates, transcripts
from lake.formats.base import FIELDS, Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import Message, cut
from lake.formats.columns import (
    CHECKED,
    CONTEXTS,
    FINAL,
    INPUTS,
    NESTED_REFERENCES,
    QUESTIONS,
    REFERENCES,
    RESPONSES,
    SPLITS,
    SYSTEMS,
    Columns,
    normalised,
)
from lake.formats.values import as_text, kind, parsed

Answers = tuple[str | None, str | None, str | None, str | None]
"""system, reference_answer, rejected_response, split."""

TAKES = frozenset(FIELDS) - {"messages"}
"""Fields a mapping may give to the formats converted here."""

_ALTERNATES = ("instruction", "response")


def bind(
    name: str,
    columns: Columns,
    *,
    prompts: tuple[str, ...],
    responses: tuple[str, ...] = RESPONSES,
    inputs: tuple[str, ...] = INPUTS,
    answered: bool = True,
) -> Binding | None:
    """A single-turn binding when there is a prompt column and (if `answered`) a response or reference column.

    Options: otherwise = {field: other columns of the same meaning, used where the first holds nothing}; answer = how
    the response's column holds it, see `lake.formats.answers`; input_first = the input is what a question is about;
    transcript = the prompt's column holds several turns;
    unpacked = the reference's column holds lists of one text.
    """
    prompt = columns.texts(*prompts)
    if not prompt:
        return None
    taken = set(prompt)
    fields = {"instruction": prompt[0]}
    otherwise = {"instruction": prompt[1:]}
    extra = columns.text(*inputs)
    first = False
    if extra is not None and extra not in taken:
        fields["input"] = extra
        taken.add(extra)
        first = normalised(extra) in CONTEXTS and normalised(prompt[0]) in QUESTIONS
    options: dict[str, Any] = {}
    answers = [column for column in _answers(columns, responses) if column not in taken]
    answers = [column for column in answers if not columns.only_a_mark(column, taken)]
    answers = answers or candidates.numbered(columns)[:1]
    if answers:
        fields["response"] = answers[0]
        taken.add(answers[0])
        options = {"answer": how} if (how := answering.form(columns, answers[0])) != "text" else {}
    fields |= reference(columns, taken)
    bare = bool(answers) and normalised(answers[0]) in FINAL and options.get("answer") in (None, "list")
    if bare and "reference_answer" not in fields and answering.is_final(columns, answers[0]):
        fields["reference_answer"] = answers[0]
    if answered and "response" not in fields and "reference_answer" not in fields:
        return None
    same = (column for column in answers if column in columns.named("output", "response", "completion"))
    otherwise["response"] = [column for column in same if column not in fields.values()]
    fields |= common(columns, taken)
    kept = {field: found for field, found in otherwise.items() if found}
    options |= {"otherwise": kept} if kept else {}
    options |= {"input_first": True} if first else {}
    options |= unpacked(columns, fields)
    if columns.share(prompt[0], lambda value: isinstance(value, str) and transcripts.unanswered(value)) > 0.5:
        options["transcript"] = True
    return Binding(name, fields, options)


def _answers(columns: Columns, names: tuple[str, ...]) -> list[str]:
    """The named columns that hold answers; those without any value come last."""
    found = [column for column in columns.named(*names) if answering.form(columns, column) is not None]
    found = [c for c in found if normalised(c) != "answers" or answering.says_more_than_gold(columns, c)]
    return sorted(found, key=lambda column: not columns.values[column])


def unpacked(columns: Columns, fields: dict[str, str]) -> dict[str, Any]:
    """The option that says that the reference's column holds JSON text of lists of one text."""
    column = fields.get("reference_answer")
    alone = column is not None and columns.share(column, answering.is_list_of_one_text) == 1
    return {"unpacked": True} if alone else {}


def reference(columns: Columns, taken: set[str], names: tuple[str, ...] = REFERENCES) -> dict[str, str]:
    """The reference answer's column, or member of one, if there is one left; it is added to `taken`."""
    for column in columns.named(*names):
        if column not in taken and columns.values[column] and not columns.only_a_mark(column, taken):
            taken.add(column)
            return {"reference_answer": column}
    checked = columns.named(*CHECKED)
    path = columns.nested(*NESTED_REFERENCES)
    if path is None and checked:
        path = columns.nested(*FINAL, "solution", within=checked)
    return {} if path is None or path.partition(".")[0] in taken else {"reference_answer": path}


def common(columns: Columns, taken: set[str]) -> dict[str, str]:
    """The columns every format may have: system and split."""
    found = {"system": columns.text(*SYSTEMS), "split": columns.text(*SPLITS) or columns.nested(*SPLITS)}
    return {field: column for field, column in found.items() if column is not None and column not in taken}


def converter(binding: Binding) -> Converter:
    """One record to one sample; about a microsecond where only instruction, input, response are bound."""
    return _lean(binding) if is_lean(binding) else _full(binding)


def is_lean(binding: Binding) -> bool:
    """Whether only instruction, input and response are bound, each to one column."""
    return set(binding.fields) <= {"instruction", "input", "response"} and not any(binding.options.values())


def held(binding: Binding) -> frozenset[str]:
    """The columns that the canonical fields hold."""
    return frozenset(binding.fields.values())


def rest(binding: Binding, *more: str) -> Callable[[Record], dict[str, Any] | None]:
    """A function that collects the columns that no field holds; nulls are left out, None when there are none.

    A column that holds more than the reference answer taken from it is collected too.

    - more: further columns that are held.
    """
    columns = held(binding).union(more)
    reference = binding.fields.get("reference_answer")
    if reference in binding.options.get("paths", ()):  # the column it is a member of stays anyway
        reference = None

    def collect(record: Record) -> dict[str, Any] | None:
        left = {}
        if not record.keys() <= columns:
            left = {k: v for k, v in record.items() if k not in columns and v is not None}
        if reference is not None and answering.says_more(record.get(reference)):
            left[reference] = record[reference]
        return left or None

    return collect


def drop_echo(meta: dict[str, Any] | None, columns: tuple[str, ...], value: str | None) -> dict[str, Any] | None:
    """The meta without the columns that only repeat a value the sample holds."""
    if meta is None:
        return None
    for column in columns:
        if column in meta and meta[column] == value:
            del meta[column]
    return meta or None


def unused_system(
    meta: dict[str, Any] | None, binding: Binding, given: str | None, used: str | None
) -> dict[str, Any] | None:
    """The meta with the system column's text, where the conversation's own system prompt took its place."""
    return meta if given is None or given == used else {**(meta or {}), binding.fields["system"]: given}


def answers(binding: Binding) -> Callable[[Record], Answers]:
    """A function that reads what may stand beside instruction and response."""
    fields = binding.fields
    system, reference_answer = fields.get("system"), fields.get("reference_answer")
    rejected, split = fields.get("rejected_response"), fields.get("split")
    whole = parsed if binding.options.get("unpacked") else lambda value: value

    def read(record: Record) -> Answers:
        return (
            None if system is None else as_text(record.get(system), system) or None,
            None
            if reference_answer is None
            else answering.final(whole(record.get(reference_answer)), reference_answer),
            None if rejected is None else as_text(record.get(rejected), rejected),
            None if split is None else as_text(record.get(split), split) or None,
        )

    return read


def text_or_none(record: Record, column: str) -> str | None:
    """The text of a column."""
    return as_text(record.get(column), column)


def refuse(record: Record, column: str) -> NoReturn:
    """Raise Unusable: the column gives no instruction, and why."""
    if column not in record:
        raise Unusable(f"no instruction: there is no column {column!r}")
    value = record[column]
    raise Unusable(f"no instruction: column {column!r} is {'empty' if isinstance(value, str) else kind(value)}")


def _joined(instruction: str | None, extra: object, column: str) -> str | None:
    text = as_text(extra, column)
    if not text:
        return instruction
    return f"{instruction}\n{text}" if instruction else text


def _put_before(instruction: str | None, extra: object, column: str) -> str | None:
    return _joined(as_text(extra, column), instruction, column)


def _lean(binding: Binding) -> Converter:
    prompt = binding.fields["instruction"]
    extra_column, answer = binding.fields.get("input"), binding.fields.get("response")
    columns = held(binding)
    new = tuple.__new__  # skips the keyword handling of the named tuple: a third of the time per record

    def convert(record: Record) -> list[Sample]:
        get = record.get
        instruction = get(prompt)
        if type(instruction) is not str:
            instruction = as_text(instruction, prompt)
        if extra_column is not None:
            extra = get(extra_column)
            if extra is not None and extra != "":
                instruction = _joined(instruction, extra, extra_column)
        if not instruction or instruction.isspace():
            refuse(record, prompt)
        response = None
        if answer is not None:
            response = get(answer)
            if type(response) is not str:
                response = as_text(response, answer)
        meta = None
        if not record.keys() <= columns:  # written out, not called: this is the loop that all rows go through
            meta = {k: v for k, v in record.items() if k not in columns and v is not None} or None
        return [new(Sample, (instruction, response, None, None, None, None, None, None, meta, 1))]

    return convert


def _full(binding: Binding) -> Converter:
    prompt, options = binding.fields["instruction"], binding.options
    extra_column, answer = binding.fields.get("input"), binding.fields.get("response")
    join = _put_before if options.get("input_first") else _joined
    otherwise: dict[str, list[str]] = options.get("otherwise", {})
    other_prompts, other_answers = (tuple(otherwise.get(field, ())) for field in _ALTERNATES)
    collect, read = rest(binding), answers(binding)
    said = None if answer is None else answering.reader(answer, options.get("answer", "text"))
    turns_in = transcripts.unanswered if options.get("transcript") else lambda _: None

    def convert(record: Record) -> list[Sample]:
        instruction = first = _first(record, prompt, other_prompts)
        if extra_column is not None:
            instruction = join(instruction, record.get(extra_column), extra_column)
        if not instruction or instruction.isspace():
            refuse(record, prompt)
        found = _NONE if said is None else said(record)
        response = found.text
        if other_answers and (not response or response.isspace()) and not found.calls:
            response = next((text for text in _texts(record, other_answers) if text and not text.isspace()), response)
        meta = drop_echo(drop_echo(collect(record), other_prompts, first), other_answers, response)
        if found.more and answer is not None:
            meta = {**(meta or {}), answer: record[answer]}
        system, reference_answer, rejected, split = read(record)
        before = turns_in(instruction)
        if before is None and not found.calls:
            return [Sample(instruction, response, system, None, None, reference_answer, rejected, split, meta)]
        turns = before or [Message("user", instruction)]
        if found.calls:
            turns.append(answering.called(found.calls, str(answer)))
        elif response is not None:
            turns.append(Message("assistant", response))
        whole = cut(turns, system)
        meta = unused_system(meta, binding, system, whole.system)
        return [whole.sample(reference_answer, rejected, split, meta)]

    return convert


_NONE = answering.Answer(None)


def _first(record: Record, column: str, others: tuple[str, ...]) -> str | None:
    value = as_text(record.get(column), column)
    if value and not value.isspace():
        return value
    return next((text for text in _texts(record, others) if text and not text.isspace()), value)


def _texts(record: Record, columns: tuple[str, ...]) -> Iterator[str | None]:
    return (as_text(record.get(column), column) for column in columns)
