"""OpenAI fine-tuning files: chat messages with tools as its API wants them, preference pairs as its preference layout.

Arguments of calls are texts, calls and their results share an id, a turn may have a weight of 0 or 1, and a legacy call
(`function_call`, `functions`) stays one. There is no place for reasoning beside the content: it stands in it as
`<think>`. Every line keeps the rules of `openai_rules`; a sample that cannot is skipped, with the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import orjson
import pyarrow as pa

from lake.exports import card, hub, json_lines, openai_rules
from lake.exports.base import Info, ReadBack, Row, Written
from lake.exports.conversation import COLUMNS, dialogue
from lake.exports.openai_messages import Messages, rejected
from lake.exports.tool_schemas import functions, given, wrapped

NAME = "openai"
DESCRIPTION = "OpenAI fine-tuning lines: messages and tools; preference pairs as input and two outputs"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

DATA = "data.jsonl"
PAIRS = "pairs.jsonl"

_KINDS: dict[str, card.Type] = {
    **{key: {"list": "json"} for key in ("messages", "preferred_output", "non_preferred_output")},
    **dict.fromkeys(("input", "tools", "functions"), "json"),
    "parallel_tool_calls": "bool",
    "weight": "float64",
}


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl` and `pairs.jsonl`, as far as there are such samples; those without an answer are skipped."""

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        pair = found.rejected is not None
        written = Messages(found)
        line = _called(row, legacy=written.legacy) | {"messages": written.every}
        if pair:
            line = {
                "input": line | {"messages": written.every[:-1]},
                "preferred_output": written.every[-1:],
                "non_preferred_output": [rejected(found)],
            }
        else:
            line = {"messages": line.pop("messages"), **line}
        openai_rules.check(line)
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(PAIRS if pair else DATA, line, lost=written.lost)

    written = json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))
    card.of_lines(folder, info, written, about=DESCRIPTION, kinds=_KINDS)
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Check every line by OpenAI's rules, and load the files with `datasets`."""
    for file in wanted:
        openai_rules.check_file(folder / file)
    return hub.load_files(folder, wanted, scratch)


def _called(row: Row, *, legacy: bool | None) -> Row:
    """What stands beside the messages: the tools, in the old form where the calls are, and whether any are parallel."""
    source, known = given(row), functions(row)
    if source is None or known is None:
        return {}
    if legacy if legacy is not None else source[0] == "functions":
        return {"functions": known}
    parallel = orjson.loads(row["meta"]).get("parallel_tool_calls")
    return {"tools": wrapped(known)} | ({"parallel_tool_calls": parallel} if isinstance(parallel, bool) else {})
