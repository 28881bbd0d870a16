"""Native formats: drafts, and rows broken on purpose, as the bytes of a data file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examples.arena.draft import Draft


class Broken(NamedTuple):
    """A row that cannot become a sample: its text as it stands in the file (for Parquet: two cells as JSON)."""

    raw: str


Row = Draft | Broken


class Native(NamedTuple):
    """How a dataset is written: the name of the format, the file, the writer, and rows that are broken in it."""

    format: str
    file: str
    encode: Callable[[Sequence[Row]], bytes]
    broken: tuple[str, ...]

    def write(self, rows: Sequence[Row], folder: Path) -> None:
        """Write the rows as the file below the folder, compressed as its suffix says."""
        data = self.encode(rows)
        if self.file.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        if self.file.endswith(".zst"):
            import zstandard  # late: only one dataset needs it

            data = zstandard.compress(data)
        (folder / self.file).write_bytes(data)


def _records(of: Callable[[Draft, int], dict[str, Any]], rows: Sequence[Row]) -> list[str]:
    return [
        row.raw if isinstance(row, Broken) else json.dumps(of(row, number), ensure_ascii=False)
        for number, row in enumerate(rows)
    ]


def _array(of: Callable[[Draft, int], dict[str, Any]]) -> Callable[[Sequence[Row]], bytes]:
    return lambda rows: ("[\n" + ",\n".join(_records(of, rows)) + "\n]\n").encode()


def _lines(of: Callable[[Draft, int], dict[str, Any]]) -> Callable[[Sequence[Row]], bytes]:
    return lambda rows: "".join(record + "\n" for record in _records(of, rows)).encode()


def _alpaca(draft: Draft, number: int) -> dict[str, Any]:
    instruction, _, given = draft.turns[0][1].partition("\n")
    return {"id": number, "instruction": instruction, "input": given, "output": draft.response, "topic": draft.topic}


def _sharegpt(draft: Draft, number: int) -> dict[str, Any]:
    names = {"user": "human", "assistant": "gpt"}
    turns = [{"from": names[role], "value": text} for role, text in draft.turns]
    return {"id": f"talk-{number:04}", "conversations": turns}


def _messages(draft: Draft, number: int) -> dict[str, Any]:
    head = [] if draft.system is None else [("system", draft.system)]
    return {"messages": [{"role": role, "content": text} for role, text in (*head, *draft.turns)], "number": number}


def _question(draft: Draft, number: int) -> dict[str, Any]:
    return {"id": number, "question": draft.turns[0][1], "answer": draft.response, "subject": draft.topic}


def _text(draft: Draft, number: int) -> dict[str, Any]:
    prompt = draft.turns[0][1]
    text = prompt if draft.response is None else f"Question: {prompt}\nAnswer: {draft.response}"
    return {"text": text, "page": number + 1}


def _csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("prompt", "chosen", "rejected"))
    for row in rows:
        if isinstance(row, Broken):
            out.write(row.raw + "\n")
        else:
            writer.writerow((row.turns[0][1], row.response, row.rejected))
    return out.getvalue().encode()


def _tsv(rows: Sequence[Row]) -> bytes:
    lines = [row.raw if isinstance(row, Broken) else f"{row.turns[0][1]}\t{row.response}" for row in rows]
    return "".join(line + "\n" for line in lines).encode()


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow as pa  # late: only one dataset needs it
    import pyarrow.parquet as pq

    cells = [json.loads(row.raw) if isinstance(row, Broken) else (row.turns[0][1], row.response) for row in rows]
    table = pa.table({"question": [cell[0] for cell in cells], "answer": [cell[1] for cell in cells]})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", row_group_size=200)
    return out.getvalue()


NATIVE = {
    "count-tales": Native(
        "alpaca JSON array",
        "count-tales.json",
        _array(_alpaca),
        (
            "42",
            '"a story without an end"',
            "null",
            '["How many?", "Nine."]',
            '{"output": "There are nine."}',
            '{"instruction": ["How", "many"], "output": "Nine."}',
            '{"instruction": "   ", "output": "Nine."}',
        ),
    ),
    "snippet-shop": Native(
        "alpaca JSONL, gzip",
        "train.jsonl.gz",
        _lines(_alpaca),
        (
            '{"id": 7, "instruction": "Write a function that',
            "{'instruction': 'single quotes', 'output': 'are no JSON'}",
            '{"instruction": "One comma too many", "output": "x",}',
            "-- end of part one --",
            '["instruction", "output"]',
            '{"output": "```python\\npass\\n```"}',
            '{"instruction": {"text": "nested"}, "output": "x"}',
            '{"instruction": null, "output": "x"}',
        ),
    ),
    "fact-cards": Native(
        "question/answer TSV without header",
        "cards.tsv",
        _tsv,
        (
            "Which planet is the largest?",
            "Which planet is the smallest?\tMercury\tsee page 12",
            "\tThere is no question to this answer.",
            "one\ttwo\tthree\tfour",
            "   \tBlank question.",
        ),
    ),
    "porch-talk": Native(
        "ShareGPT JSON, zstd",
        "talk.json.zst",
        _array(_sharegpt),
        (
            '{"id": "x1", "conversations": []}',
            '{"id": "x2", "conversations": "Hello? Hello!"}',
            '{"id": "x3", "conversations": [{"value": "Who says this?"}, {"from": "gpt", "value": "Nobody."}]}',
            '{"id": "x4", "conversations": [{"from": "gpt", "value": "An answer to nothing."}]}',
            '{"id": "x5"}',
            "[]",
        ),
    ),
    "count-tales-thought": Native(
        "question/answer Parquet",
        "part-0.parquet",
        _parquet,
        ('[null, "Nobody asked."]', '["", "Nothing was asked."]', '["  ", null]', "[null, null]"),
    ),
    "two-replies": Native(
        "preference CSV",
        "pairs.csv",
        _csv,
        (
            "only one cell",
            "two,cells",
            "one,two,three,four",
            ",a good answer,a poor answer",
            '"  ",a good answer,a poor answer',
        ),
    ),
    "fact-pages": Native(
        "text JSONL",
        "pages.jsonl",
        _lines(_text),
        (
            '{"text": "A page torn in the mid',
            '{"page": 3}',
            '{"text": ""}',
            '{"text": ["a", "list", "of", "words"]}',
            "7",
        ),
    ),
    "all-round": Native(
        "OpenAI messages JSONL",
        "all-round.jsonl",
        _lines(_messages),
        (
            '{"messages": [{"role": "user", "content": "Where is the rest',
            '{"messages": null}',
            '{"number": 12}',
            '{"messages": ["Hello", "Hi"]}',
            '{"messages": [{"role": "assistant", "content": "I begin."}]}',
            '{"messages": [{"role": "user", "content": "   "}, {"role": "assistant", "content": "Pardon?"}]}',
            "nothing",
        ),
    ),
    "tally-bench": Native("question/answer JSONL", "test.jsonl", _lines(_question), ()),
    "torn-pages": Native("alpaca JSON array, cut off", "torn-pages.json", _array(_alpaca), ()),
}
"""How each dataset is written."""
