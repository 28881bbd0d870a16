"""JSON lines files: written row by row from converted samples, with what does not fit listed in skipped.jsonl."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson
import pyarrow as pa

from lake.exports.base import Info, ReadBack, Row, Unfit, Written, chosen_witnesses

SKIPPED = "skipped.jsonl"


class Record(NamedTuple):
    """One converted sample: the file it goes to, what stands there, and what its reader should see (else the same).

    - lost: what the sample has that the format has no place for, besides its fields.
    """

    file: str
    row: Row
    seen: Row | None = None
    lost: Collection[str] = ()


def write(
    reader: pa.RecordBatchReader,
    folder: Path,
    info: Info,
    convert: Callable[[Row], Record],
    columns: Collection[str] | None = None,
) -> Written:
    """Write every sample as one line of the file `convert` chooses; Unfit ones go to skipped.jsonl.

    - columns: the columns `convert` looks at; turning the others into Python values would be most of the cost.
    """
    written = Written()
    witnesses = chosen_witnesses(info.rows)
    position = 0
    with _Files(folder) as files:
        for batch in reader:
            rows = (batch if columns is None else batch.select(_needed(batch, columns))).to_pylist()
            for row in rows:
                try:
                    file, line, seen, lost = convert(row)
                except Unfit as unfit:
                    written.skipped[str(unfit)] += 1
                    files.line(SKIPPED, skipped_row(row, str(unfit)))
                else:
                    files.line(file, line)
                    written.lost.update(lost)
                    written.columns.setdefault(file, set()).update(line)
                    written.wrote(file, line if seen is None else seen, witness=position in witnesses)
                position += 1
    return written.finished()


def skipped_row(row: Row, reason: str) -> Row:
    """How a sample is listed in skipped.jsonl."""
    return {"sample_id": row["sample_id"], "dataset": row["dataset"], "row_no": row["row_no"], "reason": reason}


def read(folder: Path, wanted: Mapping[str, Collection[int]]) -> dict[str, ReadBack]:
    """Count the lines of the files and parse all of them; keep those wanted. One pass each."""
    found: dict[str, ReadBack] = {}
    for file, numbers in wanted.items():
        at: dict[int, Row] = {}
        count = 0
        with (folder / file).open("rb") as lines:
            for line in lines:
                value = orjson.loads(line)
                if count in numbers:
                    at[count] = json.loads(line) if value else value  # exact integers of any size
                count += 1
        found[file] = ReadBack(count, at)
    return found


def fragment(text: str | None) -> Any:
    """A JSON text as a value to write as it stands: nothing is parsed, so nothing is lost."""
    if text is None:
        return None
    if "\n" in text or "\r" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    return orjson.Fragment(text)


def _needed(batch: pa.RecordBatch, columns: Collection[str]) -> list[str]:
    wanted = {"sample_id", "dataset", "row_no", *columns}
    return [name for name in batch.schema.names if name in wanted]


class _Files(contextlib.ExitStack):
    """The files of a folder, opened when first written to."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._open: dict[str, BinaryIO] = {}

    def line(self, file: str, row: Row) -> None:
        """Append one line."""
        if file not in self._open:
            path = self._folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[file] = self.enter_context(path.open("wb"))
        self._open[file].write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
