"""TRL's conversational layouts, for chat templates: messages, and preference pairs as prompt, chosen and rejected.

Templates take arguments of calls as objects, tools as a list, and reasoning as `reasoning_content`. Read with
`load_dataset(folder)` the columns are JSON, so that a call may have any arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.exports import card, hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Written
from lake.exports.calls import Call, rendered, said
from lake.exports.conversation import COLUMNS, Dialogue, dialogue
from lake.exports.tool_schemas import functions, wrapped
from lake.formats.chat import Message

NAME = "trl"
DESCRIPTION = "TRL conversations: messages and tools for chat templates; pairs as prompt, chosen, rejected"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

DATA = "data.jsonl"
PAIRS = "pairs.jsonl"

_KINDS: dict[str, card.Type] = {
    **{key: {"list": "json"} for key in ("messages", "prompt", "chosen", "rejected")},
    "tools": "json",
    "weight": "float64",
}
_KEPT = ("name", "tool_call_id")


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl` and `pairs.jsonl`, as far as there are such samples; those without an answer are skipped."""

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        pair = found.rejected is not None
        system = [] if found.system is None else [{"role": "system", "content": found.system}]
        asked, answer = system + [message(turn) for turn in found.prompt], message(found.answer)
        line: Row = {"messages": [*asked, answer]}
        if pair:
            line = {"prompt": asked, "chosen": [answer], "rejected": [_rejected(found)]}
        if (known := functions(row)) is not None:
            line["tools"] = wrapped(known)
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(PAIRS if pair else DATA, line, lost=found.lost_weights)

    written = json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))
    card.of_lines(folder, info, written, about=DESCRIPTION, kinds=_KINDS)
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`, as TRL does, with the features the card states."""
    return hub.load_files(folder, wanted, scratch)


def message(turn: Message) -> dict[str, Any]:
    """A turn as templates read it."""
    parts = said(turn)
    extra = turn.extra or {}
    found = {"role": turn.role, "content": parts.content}
    found |= {key: extra[key] for key in _KEPT if isinstance(extra.get(key), str)}
    if parts.reasoning is not None:
        found["reasoning_content"] = parts.reasoning
    if parts.calls:
        found["tool_calls"] = [_call(call) for call in parts.calls]
    return found


def _call(call: Call) -> dict[str, Any]:
    identifier = {} if call.id is None else {"id": call.id}
    return {**identifier, "type": "function", "function": {"name": call.name, "arguments": call.values}}


def _rejected(found: Dialogue) -> dict[str, Any]:
    text = found.rejected or ""
    parts = rendered(text) if said(found.answer).calls else None
    if parts is None or not parts.calls:
        return {"role": "assistant", "content": text}
    return {"role": "assistant", "content": parts.content, "tool_calls": [_call(call) for call in parts.calls]}
