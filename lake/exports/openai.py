"""OpenAI messages: a list of role and content (tool calls and reasoning beside it), and the tools of the source.

Samples with an answer not preferred go to `pairs.jsonl` as prompt, chosen and rejected, each a list of messages: the
conversational preference layout of TRL. Read with `datasets`, give the features Json for messages and tools when the
samples call tools: its guess from the first 10 MB may not fit the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.exports import hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Written
from lake.exports.conversation import COLUMNS, Dialogue, dialogue, tools
from lake.formats.chat import Message

NAME = "openai"
DESCRIPTION = "OpenAI messages; preference pairs as prompt, chosen, rejected"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

DATA = "data.jsonl"
PAIRS = "pairs.jsonl"

_KEYS = (
    "role",
    "content",
    "name",
    "reasoning_content",
    "tool_calls",
    "tool_call_id",
    "function_call",
    "refusal",
    "weight",
)


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl` and `pairs.jsonl`, as far as there are such samples; those without an answer are skipped."""

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        line: Row = pair(found) if found.rejected is not None else {"messages": [*prompt(found), message(found.answer)]}
        if (known := tools(row)) is not None:
            line["tools"] = known
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(DATA if found.rejected is None else PAIRS, line)

    return json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`, as TRL does, with the features the lines have."""
    return {
        file: hub.load_json(folder / file, numbers, scratch, _features(folder / file))
        for file, numbers in wanted.items()
    }


def message(turn: Message) -> dict[str, Any]:
    """A turn as a message; what the API does not know is left out."""
    stored = turn.as_dict()
    return {key: stored[key] for key in _KEYS if key in stored}


def prompt(found: Dialogue) -> list[dict[str, Any]]:
    """The messages before the answer."""
    system = [] if found.system is None else [{"role": "system", "content": found.system}]
    return system + [message(turn) for turn in found.prompt]


def pair(found: Dialogue) -> Row:
    """A preference pair."""
    rejected = {"role": "assistant", "content": found.rejected}
    return {"prompt": prompt(found), "chosen": [message(found.answer)], "rejected": [rejected]}


def _features(path: Path) -> Any:
    """The columns of a file: any JSON in messages, so that one with tool calls fits beside one without."""
    import datasets  # late: 1.5 s

    keys: set[str] = set()
    with path.open("rb") as lines:
        for line in lines:
            keys |= _top_keys(line)
            if {"tools", "weight"} <= keys:
                break
    kinds = {"tools": datasets.Json(), "weight": datasets.Value("float64")}
    return datasets.Features({key: kinds.get(key, datasets.List(datasets.Json())) for key in sorted(keys)})


def _top_keys(line: bytes) -> set[str]:
    import orjson

    return set(orjson.loads(line))
