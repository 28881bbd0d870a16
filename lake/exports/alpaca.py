"""Alpaca: instruction, input (empty), output, and system where some sample has one; JSON lines.

Conversations of several turns are skipped: most readers of this layout know no history and would train without it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa

from lake.exports import card, hub, json_lines
from lake.exports.base import Info, ReadBack, Row, Unfit, Written
from lake.exports.conversation import COLUMNS, dialogue

NAME = "alpaca"
DESCRIPTION = "Alpaca instruction/input/output, one prompt and one answer a line"
CARRIES = frozenset({"system"})

_FILE = "data.jsonl"


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data.jsonl`; without response or with several turns a sample is skipped."""
    with_system = bool(info.counts.get("system"))

    def convert(row: Row) -> json_lines.Record:
        found = dialogue(row)
        if not found.lone:
            raise Unfit("several turns")
        line = {"instruction": found.prompt[0].text, "input": "", "output": found.answer.text}
        if with_system:
            line["system"] = found.system or ""
        if info.weighted:
            line["weight"] = row["weight"]
        return json_lines.Record(_FILE, line, lost=found.lost_weights)

    written = json_lines.write(reader, folder, info, convert, COLUMNS)
    card.of_lines(folder, info, written, about=DESCRIPTION)
    return written


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`, as trainers do."""
    return {file: hub.load_json(folder / file, numbers, scratch) for file, numbers in wanted.items()}
