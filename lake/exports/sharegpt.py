"""ShareGPT: conversations of from (system, human, gpt, function_call, observation) and value; JSON lines.

Samples with an answer not preferred go to `pairs.jsonl`: the conversation up to the answer, `chosen` and `rejected`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from lake.exports import hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Written
from lake.exports.conversation import COLUMNS, Dialogue, dialogue, tools
from lake.formats.chat import Message

NAME = "sharegpt"
DESCRIPTION = "ShareGPT conversations of from/value; preference pairs in a file of their own"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

DATA = "data.jsonl"
PAIRS = "pairs.jsonl"

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
        return json_lines.Record(DATA if found.rejected is None else PAIRS, line)

    return json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`, as trainers do."""
    return {file: hub.load_json(folder / file, numbers, scratch) for file, numbers in wanted.items()}


def turn(message: Message) -> dict[str, str]:
    """A message as from and value; one that only calls tools is a `function_call` with the calls as JSON."""
    calls = _calls(message)
    if calls is not None:
        return {"from": "function_call", "value": calls}
    return {"from": _NAMES[message.role], "value": message.text}


def turns(found: Dialogue) -> list[dict[str, str]]:
    """The turns of the `conversations` column, the answer included unless it is one of a pair."""
    return [turn(message) for message in found.prompt] + ([turn(found.answer)] if found.rejected is None else [])


def answers(found: Dialogue) -> dict[str, Any]:
    """The columns of a pair; none where there is no answer not preferred."""
    if found.rejected is None:
        return {}
    return {"chosen": turn(found.answer), "rejected": {"from": "gpt", "value": found.rejected}}


def tools_text(row: Row) -> str:
    """The tools as a JSON text, empty where there are none, so that the column is text throughout."""
    known = tools(row)
    return "" if known is None else orjson.dumps(known).decode()


def _calls(message: Message) -> str | None:
    stored = message.extra or {}
    calls = stored.get("tool_calls")
    if not calls or stored.get("content") or stored.get("reasoning_content"):
        return None
    functions = [call.get("function") if isinstance(call, dict) else None for call in calls]
    if not all(isinstance(function, dict) and isinstance(function.get("name"), str) for function in functions):
        return None
    return orjson.dumps(functions[0] if len(functions) == 1 else functions).decode()
