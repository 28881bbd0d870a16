"""Writes canonical samples and rejects of one dataset as Parquet files that a commit can adopt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.formats.base import Sample
from lake.formats.coverage import COUNTED, Coverage
from lake.formats.single_columns import Texts
from lake.formats.values import as_plain
from lake.identity import ROWS_PER_DATASET, content_id, instruction_id
from lake.tables import REJECTS, SAMPLES, Table

ROW_GROUP_ROWS = 122_880
ROWS_THAT_DIFFER = 1000
"""Rows of a batch that are looked at for answers that differ."""

ROW_GROUP_BYTES = 32 * 1024 * 1024
_ARROW = {table.name: table.arrow_schema for table in (SAMPLES, REJECTS)}


def as_json(value: Any) -> str:
    """Compact JSON text of a value out of a source; what JSON has no form for becomes text."""
    try:
        text = orjson.dumps(value, default=as_plain, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # an integer over 64 bits, or a lone surrogate
        return _as_json_slowly(value)
    return text.decode()


def _as_json_slowly(value: Any) -> str:
    import json

    text = json.dumps(value, default=as_plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode()


class ParquetRows:
    """Rows of one table, gathered column by column and written group by group into a single file."""

    def __init__(self, table: Table, new_file: Callable[[], Path]) -> None:
        self._schema = _ARROW[table.name]
        self._new_file = new_file
        self._batches: list[pa.RecordBatch] = []
        self._file: pq.ParquetWriter | None = None
        self._rows = 0
        self._bytes = 0
        self.path: Path | None = None

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows given in the order of the schema."""
        if rows:
            self._add_columns(zip(*rows, strict=True))

    def _add_columns(self, columns: Iterable[Any]) -> None:
        arrays = [_array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._bytes >= ROW_GROUP_BYTES or self._rows >= ROW_GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._batches:
            return
        group = pa.Table.from_batches(self._batches, self._schema)
        self._batches.clear()
        self._rows = self._bytes = 0
        if self._file is None:
            self.path = self._new_file()
            self._file = pq.ParquetWriter(
                self.path,
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=["dataset", "system", "split", "file", "reason"],
                write_statistics=["sample_id", "row_no", "dataset", "n_turns"],
                store_schema=False,
            )
        self._file.write_table(group, row_group_size=ROW_GROUP_ROWS)

    def close(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Remove the unfinished file."""
        if self._file is not None:
            self._file.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values if values.type == kind else pa.ExtensionArray.from_storage(kind, values)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    return pa.array(values, kind)


class SampleRows(ParquetRows):
    """Samples of one dataset: adds the identities and the JSON forms.

    compiled: make the identities with compiled loops, worth their loading time from some ten thousand rows on.
    """

    def __init__(self, dataset: str, dataset_no: int, new_file: Callable[[], Path], *, compiled: bool = False) -> None:
        super().__init__(SAMPLES, new_file)
        self._dataset = dataset
        self._base = dataset_no * ROWS_PER_DATASET
        self._compiled = compiled
        self.coverage = Coverage()

    def add_samples(self, samples: Sequence[Sample], row_nos: Sequence[int]) -> None:
        """Add samples as these rows of the dataset, all or none; together less than 2 GB of text.

        Raises UnicodeEncodeError for a lone surrogate in any of them.
        """
        columns = dict(zip(Sample._fields, zip(*samples, strict=True), strict=True))
        texts = {name: pa.array(columns[name], pa.string()) for name in ("system", "instruction", "response")}
        if self._compiled:
            content, prompts = _identities(texts)
            for row, turns in enumerate(columns["turns"]):
                if turns is not None:
                    content[row] = content_id(turns)
        else:
            content = [content_id(sample.conversation()) for sample in samples]
            prompts = [instruction_id(instruction) for instruction in columns["instruction"]]
        self._add_rows(
            pa.array(row_nos, pa.int64()),
            content,
            prompts,
            *texts.values(),
            [None if value is None else as_json(value) for value in columns["messages"]],
            columns["reference_answer"],
            columns["rejected_response"],
            [as_json(value) if value else None for value in columns["meta"]],
            columns["split"],
            columns["n_turns"],
        )
        self.coverage.count({name: columns[name] for name in COUNTED}, columns["n_turns"])

    def add_texts(self, texts: Texts, first_row_no: int, split: str | None) -> int:
        """Add prompts and answers as rows that follow one another, all but the odd ones; returns how many."""
        n = len(texts.instruction)
        plain = np.setdiff1d(np.arange(n), texts.odd)
        instruction, response, meta = texts.instruction, texts.response, texts.meta
        if len(plain) < n:
            instruction, response, meta = instruction.take(plain), response.take(plain), [meta[row] for row in plain]
        none = pa.nulls(len(plain), pa.string())
        columns = {"system": none, "instruction": instruction, "response": response}
        content, prompts = _identities(columns)
        self._add_rows(
            pa.array(plain + first_row_no),
            content,
            prompts,
            *columns.values(),
            none,
            none,
            none,
            [as_json(value) if value else None for value in meta],
            none if split is None else pa.repeat(split, len(plain)),
            pa.repeat(pa.scalar(1, pa.int32()), len(plain)),
        )
        filled = pc.sum(pc.greater(pc.binary_length(response), 0)).as_py() or 0
        self.coverage.count_responses(len(plain), filled, pc.unique(response[:ROWS_THAT_DIFFER]).to_pylist())
        return len(plain)

    def _add_rows(self, numbers: pa.Array, *others: Any) -> None:
        """Rows by their columns from content id on; the ones before follow from the dataset and the row number."""
        self._add_columns([pc.add(numbers, self._base), pa.repeat(self._dataset, len(numbers)), numbers, *others])


def _identities(texts: dict[str, pa.Array]) -> tuple[list[bytes], list[bytes]]:
    from lake.identity_columns import content_ids, instruction_ids  # late: numba takes half a second to load

    return content_ids(**texts), instruction_ids(texts["instruction"])
