"""Multiple choice: an optional passage, the question, the options one a line; the label is the answer.

With a rationale the rationale is the response; the label is the reference answer in any case. A label given as a
position (as a number or as text, counted from 0 or 1) becomes the option's letter, and its column stays in meta.
"""

from __future__ import annotations

import re

from lake.formats import choices, single
from lake.formats.base import Binding, Converter, Record, Sample
from lake.formats.columns import Columns, normalised
from lake.formats.passage_question import PASSAGES
from lake.formats.values import loose_text, parsed_list

NAME = "multiple_choice"
RANK = 32
TAKES = single.TAKES

_QUESTIONS = (
    "question", "problem", "query", "stem", "prompt", "ctx", "goal", "sentence", "premise", "instruction", "input",
)  # fmt: skip
_CONTEXTS = (*PASSAGES, "premise")
_OPTIONS = ("options", "choices", "endings", "candidates")
_OPTION_COLUMNS = (
    ("a", "b", "c", "d"), ("option_a", "option_b", "option_c", "option_d"),
    ("opa", "opb", "opc", "opd"), ("choice_a", "choice_b", "choice_c", "choice_d"),
)  # fmt: skip
_STEMS = frozenset(
    ("answer", "option", "choice", "ending", "sol", "solution", "op", "alternative", "hypothesis", "candidate")
)
_CHOICES = ("option", "choice", "ending", "op", "alternative", "hypothesis")
_NUMBERED = re.compile(r"(?P<stem>[a-z]+?)_?(?P<index>\d|(?<=_)[a-h]|(?<=[a-z])[A-H])")
_LABELS = (
    "label", "answerkey", "answer_key", "correct", "correct_option", "correct_answer", "answer", "answer_index",
    "answer_idx", "cop", "target", "gold", "output", "response",
)  # fmt: skip
_RATIONALES = ("rationale", "solution", "explanation", "reasoning", "cot")


def bind(records: list[Record]) -> Binding | None:
    """Records with a question and options, in one column or one column each."""
    columns = Columns(records)
    question = columns.text(*_QUESTIONS)
    options = [column for column in columns.named(*_OPTIONS) if columns.values[column]][:1]
    options = options or next((found for names in _OPTION_COLUMNS if len(found := columns.texts(*names)) == 4), [])
    numbered = [] if options else _numbered(columns)
    options = options or numbered
    if question is None or not options:
        return None
    fields = {"instruction": question}
    passage = next((column for column in columns.texts(*_CONTEXTS) if column not in (question, *options)), None)
    if passage is not None:
        fields["input"] = passage
    taken = {question, *options, *fields.values()}
    labels = [column for column in columns.texts(*_LABELS) if column not in taken]
    rationale = next((column for column in columns.texts(*_RATIONALES) if columns.values[column]), None)
    if rationale is not None and rationale not in taken and labels:
        fields |= {"response": rationale, "reference_answer": labels[0]}
    elif labels:
        fields["response"] = labels[0]
    elif numbered and not normalised(numbered[0]).startswith(_CHOICES):
        return None  # nothing says which is right: several answers, not options
    fields |= single.common(columns, taken | set(fields.values()))
    return Binding(NAME, fields, {"choices": options, "labels": labels, "base": _base(columns, options, labels)})


def _numbered(columns: Columns) -> list[str]:
    """Columns numbered or lettered alike that hold the options, as `answerA`, `option1`, `ending0`."""
    groups: dict[str, dict[str, str]] = {}
    for column in columns.values:
        if (
            isinstance(column, str)
            and (found := _NUMBERED.fullmatch(column.strip()))
            and found["stem"].lower() in _STEMS
        ):
            groups.setdefault(found["stem"].lower(), {})[found["index"].lower()] = column
    for _, group in sorted(groups.items()):
        names = [group[index] for index in sorted(group)]
        if len(names) > 1 and len(columns.texts(*map(normalised, names))) == len(names):
            return names
    return []


def _base(columns: Columns, options: list[str], labels: list[str]) -> int | None:
    """What positions are counted from; None where options have labels of their own.

    Where the positions themselves do not tell, those in a list count from 0, those of columns as these are numbered.
    """
    values = columns.values[options[0]]
    if len(options) == 1 and columns.share(options[0], choices.are_labelled) > 0.5:
        return None
    found = [value for column in labels[:1] for value in columns.values[column]]
    if len(options) > 1:
        return choices.first_position(found, len(options), 0 if options[0].endswith("0") else 1)
    return choices.first_position(found, max((len(parsed_list(value) or []) for value in values), default=0), 0)


def converter(binding: Binding) -> Converter:
    """One sample per question; where the first label column is null the next one gives the answer."""
    fields, options = binding.fields, binding.options["choices"]
    passage, response = fields.get("input"), fields.get("response")
    explained = "reference_answer" in fields
    base = binding.options.get("base")
    labels = _ordered(binding.options["labels"], fields.get("reference_answer", response))
    collect = single.rest(binding, *options)
    plain = Binding(NAME, {k: v for k, v in fields.items() if k not in ("response", "reference_answer", "input")})
    first = single.converter(plain)  # the question itself, system, split

    def convert(record: Record) -> list[Sample]:
        (sample,) = first(record)
        asked = [] if passage is None else [single.text_or_none(record, passage)]
        answers = _options(record, options)
        instruction = "\n".join([part for part in (*asked, sample.instruction, *answers) if part])
        meta = collect(record)
        label, label_column = _label(record, labels)
        chosen = choices.letter(label, len(answers), base)
        if chosen is not None and label_column is not None:
            meta = {**(meta or {}), label_column: label}
        elif label is not None and label_column is not None:
            chosen = loose_text(label, label_column)
            if meta is not None:
                meta = single.drop_echo(meta, (label_column,), chosen)
        if explained:
            said = None if response is None else single.text_or_none(record, response)
            return [sample._replace(instruction=instruction, response=said, reference_answer=chosen, meta=meta)]
        gold = chosen if chosen is not None and _names_one(chosen, answers) else sample.reference_answer
        return [sample._replace(instruction=instruction, response=chosen, reference_answer=gold, meta=meta)]

    return convert


def _names_one(answer: str, options: list[str]) -> bool:
    """Whether an answer is the label of an option."""
    return any(re.match(rf"\s*\(?{re.escape(answer)}\s*[).:、．]", option) for option in options)


def _ordered(labels: list[str], bound: str | None) -> list[str]:
    """The label columns, the bound one first; alone where a mapping chose a column that is none of them."""
    return (
        [] if bound is None else [bound, *(label for label in labels if label != bound)] if bound in labels else [bound]
    )


def _options(record: Record, columns: list[str]) -> list[str]:
    if len(columns) == 1:
        return choices.lines(record.get(columns[0]), columns[0])
    given = [record.get(column) for column in columns]
    return choices.lines(None if all(value is None for value in given) else given, columns[0])


def _label(record: Record, labels: list[str]) -> tuple[object, str | None]:
    for column in labels:
        value = record.get(column)
        if value is not None and value != "":
            return value, column
    return None, None
