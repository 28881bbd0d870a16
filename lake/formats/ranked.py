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

    Options: where = the candidates; within = the binding of preference pairs that the two become; prompts = the column
    of the user's turns, where it and the answers are lists of texts, a turn each.
    """
    columns = Columns(records)
    if columns.named(_BEST) and columns.named(_WORST):
        return None
    where = candidates.found(columns)
    if where is None:
        return None
    prompts = _prompts(columns, where)
    found = []
    for record in records:
        try:
            given = candidates.answers(record, where)
            found.append(_of(record, where, given, given[:2], prompts))
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
    options |= {"prompts": prompts} if prompts else {}
    return Binding(NAME, {**shown, "response": chosen_from}, options)


def converter(binding: Binding) -> Converter:
    """One sample per record that prefers an answer."""
    where, prompts = Candidates(**binding.options["where"]), binding.options.get("prompts")
    convert = preference.converter(Binding(preference.NAME, *binding.options["within"]))

    def pair(record: Record) -> list[Sample]:
        return convert(_pair(record, where, prompts))

    return pair


def _pair(record: Record, where: Candidates, prompts: str | None) -> dict[str, Any]:
    """The record with its best and worst answer as a pair."""
    given = candidates.answers(record, where)
    best, worst = candidates.order(record, where, given)
    return _of(record, where, given, [given[best], *([] if worst is None else [given[worst]])], prompts)


def _of(record: Record, where: Candidates, given: list[Any], used: list[Any], prompts: str | None) -> dict[str, Any]:
    """The record with a pair of answers; columns that these do not hold entirely stay."""
    if prompts is not None:
        asked = parsed(record.get(prompts))
        whole = len(used) == len(given)
        left = {k: v for k, v in record.items() if k != prompts and not (whole and k in where.columns)}
        return {**left, **dict(zip((_BEST, _WORST), (_turns(asked, each, prompts) for each in used), strict=False))}
    whole = len(used) == len(given) and all(is_scalar(answer) or answers.holds_turns(answer) for answer in used)
    left = {key: value for key, value in record.items() if not (whole and key in where.columns)}
    pair = zip((_BEST, _WORST), map(_plain, used), strict=False)
    return {**left, **{key: value for key, value in pair if value is not None}}


def _prompts(columns: Columns, where: Candidates) -> str | None:
    """The column of the user's turns, where it and all answers are lists of texts."""
    if where.listed or not all(columns.share(name, _is_texts) == 1 for name in where.columns):
        return None
    return next(
        (name for name in columns.named("prompt", "prompts", "question") if columns.share(name, _is_texts) == 1), None
    )


def _is_texts(value: object) -> bool:
    found = parsed(value)
    return isinstance(found, list) and bool(found) and all(item is None or isinstance(item, str) for item in found)


def _turns(asked: Any, answer: Any, column: str) -> list[dict[str, str]]:
    said = parsed(answer)
    if not isinstance(asked, list) or not isinstance(said, list) or len(asked) != len(said):
        raise Unusable(f"column {column!r} has another number of turns than the answers")
    turns = []
    for question, reply in zip(asked, said, strict=True):
        turns += [{"role": "user", "content": question or ""}, {"role": "assistant", "content": reply or ""}]
    return turns


def _plain(answer: Any) -> Any:
    """An answer as a text, turns, or the text of an object."""
    if answers.holds_turns(answer):
        return parsed(answer)
    if is_scalar(answer):
        return answer
    return answers.answer(answer, "answers").text
