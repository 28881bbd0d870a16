"""Hugging Face dataset folder: Parquet shards and a card, for `datasets.load_dataset(folder)` and the hub.

`messages` is a list of role and content for every sample, one-turn samples included, so trainers use it as it is;
reasoning and tool calls stand in the content as text. `messages_json` keeps the stored turns of those that have some.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.exports import card, hub
from lake.exports.base import OPTIONAL_FIELDS, Info, ReadBack, Row, Unfit, Written, chosen_witnesses
from lake.exports.conversation import all_turns
from lake.exports.parquet_files import Shards

NAME = "huggingface"
DESCRIPTION = "Hugging Face dataset folder: Parquet with a card"
CARRIES = frozenset(OPTIONAL_FIELDS)

_SPLIT = "train"
_TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_ABOUT = (
    "`messages` holds the turns as role and content, `instruction` and `response` the same as texts; "
    "`messages_json` keeps the original turns where a sample has several or calls tools, `meta` the other columns of "
    "its source, as JSON."
)


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data/train-00000.parquet`, … and `README.md`; nothing is skipped."""
    written = Written()
    witnesses = chosen_witnesses(info.rows)
    schema = _schema(reader.schema)
    with Shards(folder / "data", _SPLIT, schema) as shards:
        for batch in reader:
            converted = _converted(batch, schema)
            shards.write(converted)
            written.wrote_batch(_SPLIT, converted, witnesses)
    card.write(folder, info, [card.config("default", f"data/{_SPLIT}-*.parquet")], about=_ABOUT)
    return written.finished()


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load with `datasets`."""
    return {split: hub.load_folder(folder, numbers, scratch) for split, numbers in wanted.items()}


def _schema(schema: pa.Schema) -> pa.Schema:
    fields = []
    for field in schema:
        if field.name == "messages":
            fields += [pa.field("messages", _TURNS), pa.field("messages_json", pa.string())]
        else:
            fields.append(field)
    return pa.schema(fields)


def _converted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    wanted = ["system", "instruction", "response", "messages"]
    turns = pa.array([_turns(row) for row in batch.select(wanted).to_pylist()], _TURNS)
    columns: dict[str, pa.Array] = {name: batch.column(name) for name in batch.schema.names}
    columns["messages_json"] = columns["messages"]
    columns["messages"] = turns
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _turns(row: Row) -> list[dict[str, Any]]:
    try:
        return [{"role": turn.role, "content": turn.text} for turn in all_turns(row)]
    except Unfit:
        # Turns nobody can read are still in messages_json; the texts they were rendered to are what is left.
        return [{"role": turn.role, "content": turn.text} for turn in all_turns({**row, "messages": None})]
