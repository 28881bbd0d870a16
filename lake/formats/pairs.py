"""How the two answers of a preference pair become one sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lake.formats import single
from lake.formats.base import Binding, Converter, Record, Sample, Unusable
from lake.formats.chat import Message, cut
from lake.formats.messages import ROLE_KEYS, TEXT_KEYS, message, read
from lake.formats.transcripts import transcript
from lake.formats.values import as_text, kind, turn_list

_INPUT = re.compile(r"\s+Input:\s+")


def holds_turns(value: object) -> bool:
    """Whether the value is a list of turns with role and text."""
    items = turn_list(value)
    first = items[0] if items else None
    return isinstance(first, Mapping) and any(r in first for r in ROLE_KEYS) and any(t in first for t in TEXT_KEYS)


def converter(binding: Binding, *, transcripts: bool) -> Converter:
    """One sample per pair of turns, of conversations or (with `transcripts`) of transcripts."""
    fields = binding.fields
    chosen, rejected = fields["response"], fields["rejected_response"]
    context, prompt = fields.get("messages"), fields.get("instruction")
    beside = single.answers(Binding(binding.format, {k: v for k, v in fields.items() if k != "rejected_response"}))
    collect = single.rest(binding)

    def convert(record: Record) -> list[Sample]:
        system, reference, _, split = beside(record)
        good, bad = (_turns(record.get(name), name, transcripts) for name in (chosen, rejected))
        if not good:
            raise Unusable(f"no answer: column {chosen!r} is {kind(record.get(chosen))}")
        meta = collect(record) or {}
        whole = any(turn.role == "user" for turn in good)
        before = _before(record, context, prompt)
        if whole and before and [turn.text for turn in before] != [t.text for t in good[: len(before)]]:
            meta[str(context or prompt)] = record[context or prompt or ""]
        found = cut(good if whole else before + good, system)
        shared = bad[:-1] == good[:-1] or (whole and len(bad) == 1)
        answer = bad[-1] if bad and bad[-1].role == "assistant" else None
        if bad and (answer is None or answer.keep or not shared):
            meta[rejected] = record[rejected]
        meta = single.unused_system(meta, binding, system, found.system) or {}
        return [found.sample(reference, answer.text if answer else None, split, meta or None)]

    return convert


def _turns(value: Any, column: str, transcripts: bool) -> list[Message]:
    if value is None:
        return []
    if isinstance(value, str):
        found = transcript(value) if transcripts else None
        if found is None and not transcripts and holds_turns(value):
            found = read(value, column)
        return found or [Message("assistant", value)]
    if isinstance(value, Mapping):
        return [message(value, column)]
    if isinstance(value, list):
        return read(value, column)
    return [Message("assistant", as_text(value, column) or "")]


def _before(record: Record, context: str | None, prompt: str | None) -> list[Message]:
    if context is not None:
        value = record.get(context)
        return read(value, context) if value not in (None, []) else []
    if prompt is not None:
        text = as_text(record.get(prompt), prompt)
        return [Message("user", text)] if text else []
    return []


def unwrapped(convert: Converter) -> Converter:
    """Take the marks "Instruction:", "Input:" and "Response:" off; a lone input follows after a newline."""

    def strip(record: Record) -> list[Sample]:
        return [
            sample._replace(
                instruction=_prompt(sample.instruction),
                response=_answer(sample.response),
                rejected_response=_answer(sample.rejected_response),
            )
            for sample in convert(record)
        ]

    return strip


def _prompt(text: str) -> str:
    if not text.startswith("Instruction:"):
        return text
    bare = text.removeprefix("Instruction:").strip()
    if not bare:
        raise Unusable("no instruction: nothing follows 'Instruction:'")
    parts = _INPUT.split(bare)
    return "\n".join(parts) if len(parts) == 2 else bare


def _answer(text: str | None) -> str | None:
    return text.removeprefix("Response:").strip() if text is not None and text.startswith("Response:") else text
