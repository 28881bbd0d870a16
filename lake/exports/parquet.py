"""Parquet: every column of the samples and a FLOAT column per axis, in files of about half a gigabyte."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa

from lake.exports import card, parquet_files
from lake.exports.base import OPTIONAL_FIELDS, Info, ReadBack, Written, chosen_witnesses

NAME = "parquet"
DESCRIPTION = "Parquet files with every field and a column per axis"
CARRIES = frozenset(OPTIONAL_FIELDS)

_STEM = "data"


def write(reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
    """Write `data-00000.parquet`, …; nothing is skipped."""
    written = Written()
    witnesses = chosen_witnesses(info.rows)
    with parquet_files.Shards(folder, _STEM, reader.schema) as shards:
        for batch in reader:
            shards.write(batch)
            written.wrote_batch(_STEM, batch, witnesses)
    card.write(folder, info, [card.config("default", f"{_STEM}-*.parquet")], about=DESCRIPTION)
    return written.finished()


def read_back(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:  # noqa: ARG001
    """Read with pyarrow."""
    return parquet_files.read_each(folder, wanted)
