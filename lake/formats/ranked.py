"""Several answers of which one is preferred: the best is the response, the worst the rejected one, a tie is refused."""

from __future__ import annotations

from typing import Any

from lake.formats import answers, candidates, preference
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.candidates import Candidates
from lake.formats.columns import Columns
from lake.formats.values import is_scalar, parsed

NAME = "ranked"
RANK = 11
TAKES = preference.TAKES

_BEST, _WORST = "chosen", "rejected"


def bind(records: list[Record]) -> Binding | None:
    """Records with two or more answers and something that says which is better.

    Options: where = the candidates; within = the binding of preference pairs that the two become.
    """
    columns = Columns(records)
    if columns.named(_BEST) and columns.named(_WORST):
        return None
    where = candidates.found(columns)
    if where is None:
        return None
    found = []
    for record in records:
        try:
            given = candidates.answers(record, where)
            found.append(_of(record, where, given, given[:2]))
        except Unusable:
            continue
    # Which of the two is better makes no difference to how they are held; the columns they come from are no field.
    pairs: list[Record] = [{k: v for k, v in pair.items() if k not in where.columns} for pair in found]
    within = preference.bind(pairs)
    if within is None:
        return None
    shown = {field: column for field, column in within.fields.items() if column not in (_BEST, _WORST)}
    chosen_from = where.columns[0] if where.listed else ", ".join(where.columns)
    options = {"where": where._asdict(), "within": (within.fields, within.options), "from": chosen_from}
    return Binding(NAME, {**shown, "response": chosen_from}, options)


def converter(binding: Binding) -> Converter:
    """One sample per record that prefers an answer."""
    where = Candidates(**binding.options["where"])
    convert = preference.converter(Binding(preference.NAME, *binding.options["within"]))

    def pair(record: Record) -> list[Sample]:
        return convert(_pair(record, where))

    return pair


def _pair(record: Record, where: Candidates) -> dict[str, Any]:
    """The record with its best and worst answer as a pair."""
    given = candidates.answers(record, where)
    best, worst = candidates.order(record, where, given)
    return _of(record, where, given, [given[best], *([] if worst is None else [given[worst]])])


def _of(record: Record, where: Candidates, given: list[Any], used: list[Any]) -> dict[str, Any]:
    """The record with a pair of answers; columns that these do not hold entirely stay."""
    whole = len(used) == len(given) and all(is_scalar(answer) or answers.holds_turns(answer) for answer in used)
    left = {key: value for key, value in record.items() if not (whole and key in where.columns)}
    pair = zip((_BEST, _WORST), map(_plain, used), strict=False)
    return {**left, **{key: value for key, value in pair if value is not None}}


def _plain(answer: Any) -> Any:
    """An answer as a text, turns, or the text of an object."""
    if answers.holds_turns(answer):
        return parsed(answer)
    if is_scalar(answer):
        return answer
    return answers.answer(answer, "answers").text
