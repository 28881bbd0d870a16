"""Reads the released files of the shared datasets as plain records, independently of the project's containers."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

Records = list[dict[str, Any]]


def records_of(path: Path) -> Records:
    """All records of one file; headerless TSV rows get the keys column_1, column_2, …"""
    raw, name = path.read_bytes(), path.name
    if name.endswith(".gz"):
        raw, name = gzip.decompress(raw), name[:-3]
    if name.endswith(".zst"):
        raw, name = zstandard.ZstdDecompressor().decompressobj().decompress(raw), name[:-4]
    if name.endswith(".parquet"):
        return list(pq.read_table(path).to_pylist())
    if name.endswith(".arrow"):
        return list(pa.ipc.open_stream(raw).read_all().to_pylist())
    text = raw.decode()
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    if name.endswith(".json"):
        value = json.loads(text)
        return list(value["examples"] if isinstance(value, dict) else value)
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(text, newline="")))
    rows = (line.rstrip("\r").split("\t") for line in text.split("\n") if line.strip())
    return [{f"column_{number + 1}": cell for number, cell in enumerate(row)} for row in rows]


def card_rows(shared_data: Path) -> dict[str, int]:
    """Rows of each set as CARDS.md states them."""
    found = {}
    for line in (shared_data / "CARDS.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 9 and cells[5].replace(",", "").isdigit():
            found[cells[1]] = int(cells[5].replace(",", ""))
    return found
