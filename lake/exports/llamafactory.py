"""LLaMA-Factory: a data file and the `dataset_info.json` that describes it.

Samples of one prompt and one answer become its alpaca layout; as soon as some sample has stored messages or tools, all
become its sharegpt layout. Samples with an answer not preferred are a second dataset with `ranking: true`. Its loader
drops conversations whose turns do not alternate, with a warning in the log: they are skipped here, with the reason.
Column and tag names left out of an entry would mean none, so every one is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from lake.exports import card, hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Unfit, Written
from lake.exports.calls import JOINT, Call, rendered, said
from lake.exports.conversation import COLUMNS, Dialogue, dialogue
from lake.exports.sharegpt import DATA, PAIRS, answers, lost, tools_text, turns
from lake.formats.chat import Message

NAME = "llamafactory"
DESCRIPTION = "LLaMA-Factory data files with their dataset_info.json, SFT and preference pairs"
CARRIES = frozenset({"system", "messages", "rejected_response", "tools"})

INFO_FILE = "dataset_info.json"

_TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
_THOUGHT = re.compile(r"<think>\n(.*?)\n</think>\n\n", re.DOTALL)
_ASKING, _ANSWERING = ("human", "observation"), ("gpt", "function_call")


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl` and `pairs.jsonl`, as far as there are such samples, and `dataset_info.json`."""
    sharegpt = bool(info.counts.get("messages") or info.counts.get("tools"))
    optional = [name for name in ("system", "tools") if info.counts.get(name)]

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        line = _sharegpt(found) if sharegpt else _alpaca(found)
        values = {"system": found.system or "", "tools": tools_text(row) if "tools" in optional else ""}
        line |= {name: values[name] for name in optional}
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(DATA if found.rejected is None else PAIRS, line, _meant(found, values), lost(found))

    written = json_lines.write(reader, folder, info, convert, (*COLUMNS, "meta"))
    several = len(written.rows) > 1
    entries = {
        info.subject + ("_pairs" if several and file == PAIRS else ""): _entry(file, sharegpt, optional)
        for file in sorted(written.rows)
    }
    (folder / INFO_FILE).write_bytes(orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    card.of_lines(folder, info, written, about=DESCRIPTION)
    written.notes["layout"] = "sharegpt" if sharegpt else "alpaca"
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Read the entries, load each file with `datasets` and turn rows into turns by LLaMA-Factory's rules.

    Raises ValueError for a row that its rules refuse.
    """
    found: dict[str, ReadBack] = {}
    for entry in orjson.loads((folder / INFO_FILE).read_bytes()).values():
        file = entry["file_name"]
        table = hub.load_table(folder / file, scratch)
        if missing := set(entry["columns"].values()) - set(table.column_names):
            raise ValueError(f"{file} has no column {sorted(missing)[0]!r}, which {INFO_FILE} names")
        raw = hub.rows_of(table, wanted.get(file, ()))
        found[file] = ReadBack(raw.rows, {number: understood(entry, row) for number, row in raw.at.items()})
    return found


def understood(entry: Mapping[str, Any], row: Row) -> Row:
    """A row as LLaMA-Factory sees it through its entry: prompt and response turns, system and tools.

    Rules of its loader: columns come from the entry, query follows prompt on a new line, an odd number of
    turns asks when ranking and an even number answers when not.
    """
    columns = entry["columns"]

    def value(column: str) -> Any:
        return row[columns[column]] if column in columns else None

    if entry["formatting"] == "alpaca":
        parts = [text for text in (value("prompt"), value("query")) if text]
        prompt = [["human", "\n".join(parts)]]
        texts = [value("chosen"), value("rejected")] if entry.get("ranking") else [value("response")]
        response = [["gpt", text] for text in texts]
    else:
        tags = entry["tags"]
        pair = [[turn[tags["role_tag"]], turn[tags["content_tag"]]] for turn in value("messages")]
        prompt, response = (pair, []) if entry.get("ranking") else (pair[:-1], pair[-1:])
        if entry.get("ranking"):
            last = [value("chosen"), value("rejected")]
            response = [[turn[tags["role_tag"]], turn[tags["content_tag"]]] for turn in last]
    return {
        "prompt": [_formatted(*turn) for turn in prompt],
        "response": [_formatted(*turn) for turn in response],
        "system": value("system") or "",
        "tools": value("tools") or "",
    }


def _formatted(role: str, content: str) -> list[Any]:
    """A turn as its formatter takes it: of a call the thought in front and each name with its arguments.

    Raises ValueError or KeyError where the formatter would.
    """
    if role != "function_call":
        return [role, content]
    thought = _THOUGHT.match(content)
    calls = orjson.loads(content[thought.end() :] if thought else content)
    calls = calls if isinstance(calls, list) else [calls]
    return [role, thought and thought[1], [[call["name"], call["arguments"]] for call in calls]]


def _meant(found: Dialogue, values: Mapping[str, str]) -> Row:
    """What LLaMA-Factory must understand, straight from the sample: turns with their calls apart, results joined."""
    every = [_meant_turn(turn) for turn in (*found.prompt, found.answer)]
    prompt: list[Any] = []
    for turn in every[:-1]:
        if turn[0] == "observation" and prompt and prompt[-1][0] == "observation":
            prompt[-1] = ["observation", prompt[-1][1] + JOINT + turn[1]]
        else:
            prompt.append(turn)
    rejected = []
    if found.rejected is not None:
        parts = rendered(found.rejected) if every[-1][0] == "function_call" else None
        calls = parts.calls if parts is not None and not parts.content else ()
        rejected = [_calls_meant(None, calls) if calls else ["gpt", found.rejected]]
    return {"prompt": prompt, "response": every[-1:] + rejected, **values}


def _meant_turn(turn: Message) -> list[Any]:
    parts = said(turn)
    if parts.calls:
        return _calls_meant(parts.reasoning, parts.calls)
    return [{"user": "human", "assistant": "gpt", "tool": "observation"}[turn.role], turn.text]


def _calls_meant(reasoning: str | None, calls: Sequence[Call]) -> list[Any]:
    return ["function_call", reasoning, [[call.name, call.values] for call in calls]]


def _alpaca(found: Dialogue) -> Row:
    if not found.lone:
        raise Unfit("several turns")  # cannot happen without stored messages
    answer = {"output": found.answer.text}
    if found.rejected is not None:
        answer = {"chosen": found.answer.text, "rejected": found.rejected}
    return {"instruction": found.prompt[0].text, "input": "", **answer}


def _sharegpt(found: Dialogue) -> Row:
    every = turns(found._replace(rejected=None))
    for number, turn in enumerate(every):
        if turn["from"] not in (_ANSWERING if number % 2 else _ASKING):
            raise Unfit("turns that do not alternate between asking and answering")
    return {"conversations": turns(found), **answers(found)}


def _entry(file: str, sharegpt: bool, optional: list[str]) -> dict[str, Any]:
    ranking = file == PAIRS
    if sharegpt:
        columns = {"messages": "conversations"}
    else:
        columns = {"prompt": "instruction", "query": "input"} | ({} if ranking else {"response": "output"})
    if ranking:
        columns |= {"chosen": "chosen", "rejected": "rejected"}
    return {
        "file_name": file,
        "formatting": "sharegpt" if sharegpt else "alpaca",
        **({"ranking": True} if ranking else {}),
        "columns": columns | {name: name for name in optional},
        **({"tags": _TAGS} if sharegpt else {}),
    }
