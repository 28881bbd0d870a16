"""What every export format speaks: what it is given, what it wrote, and how that reads back.

A format is a module of this package with NAME, DESCRIPTION, CARRIES, `write` and `read_back`; dropping the file in
lists it. It gets samples by sample_id in batches with the columns of SAMPLE_COLUMNS, for a slice `weight` and `reason`,
and a FLOAT column per axis of `Info.axes`; `messages` and `meta` are JSON texts and not-a-number is NULL.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

Row = dict[str, Any]

SAMPLE_COLUMNS = (
    "sample_id", "dataset", "row_no", "content_id", "instruction_id", "system", "instruction", "response", "messages",
    "reference_answer", "rejected_response", "meta", "split", "n_turns",
)  # fmt: skip
"""The columns of a sample an export is given; ids that are UUIDs as text."""

MEMBER_COLUMNS = ("weight", "reason")
"""What a slice adds."""

OPTIONAL_FIELDS = ("system", "messages", "reference_answer", "rejected_response", "meta", "tools", "scores")
"""What a sample may have besides instruction and response; a format says in CARRIES which of it it holds."""

WITNESSES = 16
"""Rows compared after writing, besides the first and the last of every file."""


class Unfit(Exception):  # noqa: N818 - not a failure: the row is listed in skipped.jsonl with this reason
    """A sample that the format cannot hold; the message is the reason."""


@dataclass(frozen=True)
class MeasuredAxis:
    """An axis of the samples exported: version, samples with a value, and the quantiles of the values.

    - calibration: of an axis of a judge, how far it agrees with labels, or `uncalibrated`.
    """

    name: str
    scorer_version: str | None
    n: int
    p05: float | None = None
    p95: float | None = None
    calibration: str | None = None


@dataclass(frozen=True)
class Info:
    """What is exported.

    - kind: `slice` or `dataset`; for a slice `query` holds its sql, parameters and hash.
    - sources: of each dataset its name, licence and rows here.
    - counts: of each of OPTIONAL_FIELDS how many samples have it.
    - weighted: whether some weight is not 1.
    - left_out: samples left out for what they have to do with benchmarks, each with its reason.
    """

    subject: str
    kind: str
    snapshot: int
    rows: int
    sources: tuple[dict[str, Any], ...]
    axes: tuple[MeasuredAxis, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    weighted: bool = False
    query: Mapping[str, Any] | None = None
    left_out: tuple[Mapping[str, Any], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the batches, in order."""
        members = MEMBER_COLUMNS if self.kind == "slice" else ()
        return (*SAMPLE_COLUMNS, *members, *(axis.name for axis in self.axes))


@dataclass
class Written:
    """What a format wrote: rows per file, rows skipped by reason, and the witnesses to look for when reading back.

    - witnesses: file -> {row in the file: the row as its reader should see it}.
    - lost: what samples have that the format has no place for, besides their fields, with the number of samples.
    - columns: of each JSON lines file the keys its lines have.
    - notes: what else the manifest should say.
    """

    rows: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    columns: dict[str, set[str]] = field(default_factory=dict)
    witnesses: dict[str, dict[int, Row]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    _last: dict[str, tuple[int, Row]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows in all files."""
        return self.rows.total()

    def wrote(self, file: str, row: Row, *, witness: bool) -> None:
        """Count a row of a file; remember it when it is a witness, the first or the last."""
        self.saw(file, self.rows[file], row, witness=witness)
        self.rows[file] += 1

    def saw(self, file: str, number: int, row: Row, *, witness: bool) -> None:
        """Remember a row of a file when it is a witness, the first or the last so far."""
        if witness or not number:
            self.witnesses.setdefault(file, {})[number] = row
        self._last[file] = (number, row)

    def wrote_batch(self, file: str, batch: pa.RecordBatch, witnesses: Collection[int]) -> None:
        """Count a batch of which every row was written; only the rows to remember become Python values."""
        start = self.rows[file]
        inside = {number for number in witnesses if start <= number < start + batch.num_rows}
        for number in sorted({start, start + batch.num_rows - 1} | inside) if batch.num_rows else ():
            row = batch.slice(number - start, 1).to_pylist()[0]
            self.saw(file, number, row, witness=number in inside)
        self.rows[file] += batch.num_rows

    def finished(self) -> Written:
        """This, with the last row of every file among the witnesses."""
        for file, (number, row) in self._last.items():
            self.witnesses[file][number] = row
        return self


@dataclass(frozen=True)
class ReadBack:
    """What a file's reader found: how many rows, and those asked for."""

    rows: int
    at: Mapping[int, Row]


class ExportFormat(Protocol):
    """What a module of `lake.exports` provides."""

    NAME: str
    DESCRIPTION: str
    CARRIES: frozenset[str]

    def write(self, reader: pa.RecordBatchReader, folder: Path, info: Info) -> Written:
        """Write the batches into the folder, which is empty."""
        ...

    def read_back(self, folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> Mapping[str, ReadBack]:
        """Load each file with the library that will read it, and give the rows wanted; `scratch` is for caches."""
        ...


def chosen_witnesses(rows: int) -> frozenset[int]:
    """Positions to compare after writing: the same for the same number of rows."""
    return frozenset(random.Random(rows).sample(range(rows), min(rows, WITNESSES)))


def same(one: Any, other: Any) -> bool:
    """Equality as readers see it: an object's NULL members count as absent, not-a-number equals itself."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = {k for k, v in one.items() if v is not None} | {k for k, v in other.items() if v is not None}
        return all(same(one.get(key), other.get(key)) for key in keys)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
