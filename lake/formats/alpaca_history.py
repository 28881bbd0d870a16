"""Alpaca with earlier turns: `history`, a list of [question, answer] pairs before the instruction."""

from __future__ import annotations

from dataclasses import replace

from lake.formats import alpaca, single
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import Message, cut
from lake.formats.columns import Columns
from lake.formats.values import as_text, kind, parsed_list

NAME = "alpaca_history"
RANK = 38
TAKES = single.TAKES


def bind(records: list[Record]) -> Binding | None:
    """Alpaca records with a list of pairs called history."""
    columns = Columns(records)
    history = columns.any("history")
    if history is None or columns.share(history, _holds_pairs) < 1:
        return None
    binding = alpaca.bind(records)
    return binding and replace(binding, format=NAME, options={**binding.options, "history": history})


def converter(binding: Binding) -> Converter:
    """One sample per record, a conversation where there is history."""
    history = binding.options["history"]
    plain = single.converter(replace(binding, options={k: v for k, v in binding.options.items() if k != "history"}))

    def convert(record: Record) -> list[Sample]:
        (sample,) = plain(record)
        earlier = parsed_list(record.get(history))
        if earlier is None:
            return [sample]
        meta = {k: v for k, v in (sample.meta or {}).items() if k != history} or None
        if not earlier:
            return [sample._replace(meta=meta)]
        messages = [message for pair in earlier for message in _turns(pair, history)]
        messages.append(Message("user", sample.instruction))
        if sample.response is not None:
            messages.append(Message("assistant", sample.response))
        found = cut(messages, sample.system)
        return [found.sample(sample.reference_answer, sample.rejected_response, sample.split, meta)]

    return convert


def _holds_pairs(value: object) -> bool:
    items = parsed_list(value)
    return items is not None and all(isinstance(item, list) and len(item) == 2 for item in items)


def _turns(pair: object, column: str) -> list[Message]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise Unusable(f"column {column!r} has {kind(pair)} that is not a pair of question and answer")
    question, answer = (as_text(text, column) or "" for text in pair)
    return [Message("user", question), Message("assistant", answer)]
