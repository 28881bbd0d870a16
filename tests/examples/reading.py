"""Reads the arena's files with the standard library alone, knowing nothing of the lake's readers or the generator."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

Conversation = tuple[tuple[str, str], ...]


def conversations(path: Path) -> list[Conversation | None]:
    """Every row of a file as (role, text) pairs in composed Unicode; None for a row that holds no prompt."""
    return [_whole(turns) for turns in _rows(path)]


def _whole(turns: list[tuple[Any, Any]] | None) -> Conversation | None:
    if not turns or not all(isinstance(role, str) and isinstance(text, str) for role, text in turns):
        return None
    asked = next((at for at, (role, _) in enumerate(turns) if role == "user"), None)
    answered = next((at for at, (role, _) in enumerate(turns) if role == "assistant"), len(turns))
    if asked is None or asked > answered or not turns[asked][1].strip():
        return None
    return tuple((role, unicodedata.normalize("NFC", text)) for role, text in turns)


def _rows(path: Path) -> list[list[tuple[Any, Any]] | None]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return [[("user", row["question"]), ("assistant", row["answer"])] for row in pq.read_table(path).to_pylist()]
    text = _text(path)
    if ".csv" in path.suffixes:
        table = list(csv.reader(io.StringIO(text)))[1:]
        return [[("user", row[0]), ("assistant", row[1])] if len(row) == 3 else None for row in table]
    if ".tsv" in path.suffixes:
        cells = [line.split("\t") for line in text.splitlines()]
        return [[("user", row[0]), ("assistant", row[1])] if len(row) == 2 else None for row in cells]
    if ".jsonl" in path.suffixes:
        return [_record(_parsed(line)) for line in text.splitlines()]
    return [_record(record) for record in json.loads(text)]


def _text(path: Path) -> str:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".zst":
        import zstandard

        data = zstandard.decompress(data)
    return data.decode("utf-8")


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def _record(record: Any) -> list[tuple[Any, Any]] | None:
    if not isinstance(record, dict):
        return None
    if "question" in record:
        return [("user", record["question"]), ("assistant", record["answer"])]
    if "text" in record:
        return _page(record["text"])
    if "conversations" in record or "messages" in record:
        return _turns(record.get("conversations", record.get("messages")))
    if not isinstance(record.get("instruction"), str):
        return None
    prompt = f"{record['instruction']}\n{record['input']}" if record.get("input") else record["instruction"]
    return [("user", prompt), ("assistant", record["output"])]


def _page(text: Any) -> list[tuple[Any, Any]]:
    """A page is a question with its answer, or prose."""
    asked = re.fullmatch(r"Question: (.*?)\nAnswer: (.*)", text, re.DOTALL) if isinstance(text, str) else None
    return [("user", text)] if asked is None else [("user", asked[1]), ("assistant", asked[2])]


def _turns(turns: Any) -> list[tuple[Any, Any]] | None:
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return None
    names = {"human": "user", "gpt": "assistant"}
    roles = [turn.get("from", turn.get("role")) for turn in turns]
    texts = [turn.get("value", turn.get("content")) for turn in turns]
    return [(names.get(role, role), text) for role, text in zip(roles, texts, strict=True)]
