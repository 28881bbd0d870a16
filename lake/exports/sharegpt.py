"""ShareGPT: conversations of from (system, human, gpt, function_call, observation) and value; JSON lines.

The form is the one LLaMA-Factory documents and loads: a `function_call` is the JSON of its name and arguments (an
object), of parallel calls a list, and their results are one `observation`. Samples with an answer not preferred go to
`pairs.jsonl`: the conversation up to the answer, `chosen` and `rejected`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from lake.exports import card, hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Written
from lake.exports.calls import JOINT, Said, rendered, said, with_reasoning
from lake.exports.conversation import COLUMNS, Dialogue, dialogue
from lake.exports.tool_schemas import functions
from lake.formats.chat import Message

NAME = "sharegpt"
DESCRIPTION = "ShareGPT conversations of from/value; preference pairs in a file of their own"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

DATA = "data.jsonl"
PAIRS = "pairs.jsonl"

BESIDE = "texts beside calls of tools"
"""What a `function_call` has no place for: its value is the call."""

_NAMES = {"user": "human", "assistant": "gpt", "tool": "observation", "system": "system"}


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl` and `pairs.jsonl`, as far as there are such samples; those without an answer are skipped."""
    with_tools = bool(info.counts.get("tools"))

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        system = [] if found.system is None else [{"from": "system", "value": found.system}]
        line = {"conversations": system + turns(found)} | answers(found)
        if with_tools:
            line["tools"] = tools_text(row)
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(DATA if found.rejected is None else PAIRS, line, lost=lost(found))

    written = json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))
    card.of_lines(folder, info, written, about=DESCRIPTION)
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`, as trainers do."""
    return {file: hub.load_json(folder / file, numbers, scratch) for file, numbers in wanted.items()}


def turn(message: Message) -> dict[str, str]:
    """A message as from and value; raises Unfit where the arguments of a call are no object."""
    parts = said(message)
    if parts.calls:
        return {"from": "function_call", "value": _calls(parts)}
    return {"from": _NAMES[message.role], "value": message.text}


def turns(found: Dialogue) -> list[dict[str, str]]:
    """The turns of the `conversations` column, the answer included unless it is one of a pair."""
    every = found.prompt + ([found.answer] if found.rejected is None else [])
    made: list[dict[str, str]] = []
    for number, message in enumerate(every):
        if message.role == "tool" and number and every[number - 1].role == "tool":
            made[-1]["value"] += JOINT + message.text
        else:
            made.append(turn(message))
    return made


def answers(found: Dialogue) -> dict[str, Any]:
    """The columns of a pair; none where there is no answer not preferred."""
    if found.rejected is None:
        return {}
    chosen = turn(found.answer)
    parts = rendered(found.rejected) if chosen["from"] == "function_call" else None
    if parts is not None and parts.calls and not parts.content:
        return {"chosen": chosen, "rejected": {"from": "function_call", "value": _calls(parts)}}
    return {"chosen": chosen, "rejected": {"from": "gpt", "value": found.rejected}}


def lost(found: Dialogue) -> frozenset[str]:
    """What the turns have that this form has no place for."""
    beside = any((parts := said(message)).calls and parts.content for message in (*found.prompt, found.answer))
    return found.lost_weights | ({BESIDE} if beside else set())


def tools_text(row: Row) -> str:
    """The tools as a JSON text, empty where there are none, so that the column is text throughout."""
    known = functions(row)
    return "" if known is None else orjson.dumps(known).decode()


def _calls(parts: Said) -> str:
    calls = [{"name": call.name, "arguments": call.values} for call in parts.calls]
    text = orjson.dumps(calls[0] if len(calls) == 1 else calls).decode()
    return str(with_reasoning(text, parts.reasoning))
