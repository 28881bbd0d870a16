"""Turns blocks of source records into staged Parquet files; runs in workers or in this process."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from lake.containers import line_columns, reader
from lake.containers.base import RAW_BYTES, Bad, Block, Item
from lake.errors import OdaError, SourceError
from lake.formats import single_columns
from lake.formats.base import Binding, Sample, Unusable
from lake.formats.coverage import Coverage
from lake.formats.detect import converter
from lake.formats.probe import Probe
from lake.garbage import uncollected
from lake.identity import ROWS_PER_DATASET
from lake.no_pandas import without_pandas
from lake.tables import REJECTS
from pipelines.ingesting.writer import ParquetRows, SampleRows, as_json
from pipelines.orphans import end_with

BATCH_ROWS = 2048
BATCH_CHARACTERS = 8_000_000
"""Samples are made into columns in batches of so many rows or characters, whichever comes first."""


@dataclass(frozen=True)
class Job:
    """What every block of a dataset has in common; picklable.

    - folders: table name -> folder its staged files go to.
    - spare: folder for further samples of records that give more than one.
    - compiled: whether there are so many rows that loading compiled loops pays.
    """

    dataset: str
    dataset_no: int
    folders: dict[str, Path]
    spare: Path
    compiled: bool = False


@dataclass(frozen=True)
class Task:
    """One block, how to read it, and where its first row stands in the dataset.

    - schema: the columns of its records, where they may be simple enough to be converted as columns.
    - probed: whether its records are looked at on the way, because nobody has looked at all of them yet.
    """

    block: Block
    binding: Binding
    row_base: int
    split: str | None = None
    schema: pa.Schema | None = None
    probed: bool = False


@dataclass
class Converted:
    """What came of some blocks: files staged and rows counted, and by file what was seen on the way."""

    samples: int = 0
    rejected: int = 0
    parse_failures: int = 0
    first_failure: tuple[str, int | None] | None = None
    files: dict[str, list[Path]] = field(default_factory=lambda: {"samples": [], "rejects": []})
    spares: list[Path] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    probes: dict[str, Probe] = field(default_factory=dict)

    def merge(self, other: Converted) -> None:
        """Add what came of other blocks."""
        self.samples += other.samples
        self.rejected += other.rejected
        self.parse_failures += other.parse_failures
        self.first_failure = self.first_failure or other.first_failure
        for name, files in other.files.items():
            self.files[name].extend(files)
        self.spares.extend(other.spares)
        self.coverage.merge(other.coverage)
        for file, probe in other.probes.items():
            self.probes.setdefault(file, Probe()).merge(probe)

    def discard(self) -> None:
        """Remove every staged file."""
        for path in [*self.files["samples"], *self.files["rejects"], *self.spares]:
            path.unlink(missing_ok=True)


@dataclass
class Pending:
    """Records converted and not yet written: their numbers in the file, themselves, their first and further samples."""

    numbers: list[int] = field(default_factory=list)
    records: list[dict[str, object]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    more: list[list[Sample]] = field(default_factory=list)
    size: int = 0

    def add(self, number: int, record: dict[str, object], first: Sample, more: list[Sample]) -> None:
        """Add a record with its samples."""
        self.numbers.append(number)
        self.records.append(record)
        self.samples.append(first)
        self.more.append(more)
        self.size += len(first.instruction) + len(first.response or "")

    @property
    def full(self) -> bool:
        """Whether it is time to write them."""
        return len(self.numbers) >= BATCH_ROWS or self.size >= BATCH_CHARACTERS

    def apart(self) -> Iterator[Pending]:
        """Each record alone."""
        for row in zip(self.numbers, self.records, self.samples, self.more, strict=True):
            alone = Pending()
            alone.add(*row)
            yield alone


class Conversion:
    """Converts tasks of one job one after the other into one file per table."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._samples = SampleRows(
            job.dataset, job.dataset_no, lambda: _new_file(job.folders["samples"]), compiled=job.compiled
        )
        self._rejects = ParquetRows(REJECTS, lambda: _new_file(job.folders["rejects"]))
        self._spare_path = job.spare / f"{uuid.uuid4().hex}.pickle"
        self._outcome = Converted()

    def run(self, task: Task) -> Converted:
        """Convert one block; the outcome counts this block only and names no files yet."""
        with uncollected():  # records have no cycles; collecting among them took a third of the time
            return self._run(task)

    def _run(self, task: Task) -> Converted:
        columns, probe = None, Probe()
        if task.schema is not None and self._job.compiled:
            columns = line_columns.read(task.block, task.schema)
        if columns is not None:
            counted = self._run_columns(task, columns, probe)
        else:
            records = reader.read(task.block)
            counted = self._run_records(task, _seen(records, probe) if task.probed else records)
        if task.probed:
            counted.probes[task.block.name] = probe
        return counted

    def _run_columns(self, task: Task, columns: line_columns.Columns, probe: Probe) -> Converted:
        counted = Converted()
        odd: list[int] = []
        row = 0
        for batch in columns.batches:
            if task.probed:
                probe.add_columns(batch, lambda place, first=row: columns.record(first + place))  # type: ignore[misc]
            texts = single_columns.convert(batch, task.binding)
            odd += (texts.odd + row).tolist()
            counted.samples += self._samples.add_texts(texts, task.row_base + row, task.split)
            row += len(batch)
        counted.merge(self._run_records(task, ((task.block.first + row, columns.record(row)) for row in odd)))
        return counted

    def _run_records(self, task: Task, records: Iterable[Item]) -> Converted:
        counted = Converted()
        convert = converter(task.binding)
        base = task.row_base - task.block.first
        pending = Pending()
        for number, record in records:
            if type(record) is dict:
                try:
                    first, *more = convert(record)
                except Unusable as refusal:
                    bad = Bad(str(refusal), as_json(record).encode()[:RAW_BYTES])
                except RecursionError:
                    bad = Bad("nested too deeply", b"")
                else:
                    pending.add(number, record, first, more)
                    if pending.full:
                        self._add(task, pending, counted)
                        pending = Pending()
                    continue
            elif isinstance(record, Bad):
                bad = record
                counted.parse_failures += 1
                counted.first_failure = counted.first_failure or (bad.reason, bad.offset)
            else:
                bad = Bad(f"a record must be an object, not {_kind(record)}", as_json(record).encode()[:RAW_BYTES])
            self._reject(task, base, number, bad, counted)
        self._add(task, pending, counted)
        return counted

    def _reject(self, task: Task, base: int, number: int, bad: Bad, counted: Converted) -> None:
        where = reader.place(task.block, number, bad)
        self._rejects.add([(self._job.dataset, task.block.name, where, base + number, bad.reason, bad.raw)])
        counted.rejected += 1

    def _add(self, task: Task, pending: Pending, counted: Converted) -> None:
        """Write what is pending; what cannot be written as UTF-8 is found row by row and rejected."""
        if not pending.samples:
            return
        base = task.row_base - task.block.first
        samples = pending.samples
        if task.split is not None:
            samples = [sample if sample.split is not None else sample._replace(split=task.split) for sample in samples]
        try:
            self._samples.add_samples(samples, [base + number for number in pending.numbers])
        except UnicodeEncodeError:
            if len(samples) == 1:
                raw = as_json(pending.records[0]).encode()[:RAW_BYTES]
                self._reject(task, base, pending.numbers[0], Bad("not valid text: a lone surrogate", raw), counted)
                return
            for alone in pending.apart():
                self._add(task, alone, counted)
            return
        counted.samples += len(samples)
        if any(pending.more):
            self._set_spares_aside([sample for more in pending.more for sample in more], task.split)

    def _set_spares_aside(self, spares: list[Sample], split: str | None) -> None:
        if split is not None:
            spares = [sample if sample.split is not None else sample._replace(split=split) for sample in spares]
        self._job.spare.mkdir(parents=True, exist_ok=True)
        with self._spare_path.open("ab") as handle:
            pickle.dump(spares, handle)

    def close(self) -> Converted:
        """Finish the files; the outcome names them and counts nothing."""
        self._samples.close()
        self._rejects.close()
        files = Converted(coverage=self._samples.coverage)
        if self._samples.path is not None:
            files.files["samples"].append(self._samples.path)
        if self._rejects.path is not None:
            files.files["rejects"].append(self._rejects.path)
        if self._spare_path.exists():
            files.spares.append(self._spare_path)
        return files

    def discard(self) -> None:
        """Remove unfinished files."""
        self._samples.discard()
        self._rejects.discard()
        self._spare_path.unlink(missing_ok=True)

    def add_spares(self, spares: list[Path], first_row_no: int) -> Converted:
        """Give further samples of records their rows, after all others.

        Raises SourceError where the dataset would have more than 2^32 rows.
        """
        counted = Converted()
        for sample in _spare_samples(spares):
            self._samples.add_samples([sample], [first_row_no + counted.samples])
            counted.samples += 1
        if first_row_no + counted.samples >= ROWS_PER_DATASET:
            raise SourceError(f"more than {ROWS_PER_DATASET:,} rows", file=self._job.dataset)
        return counted


def _seen(records: Iterable[Item], probe: Probe) -> Iterator[Item]:
    for number, record in records:
        if type(record) is dict and record:
            probe.add(record)
        yield number, record


def _spare_samples(spares: list[Path]) -> Iterator[Sample]:
    for path in spares:
        with path.open("rb") as handle:
            while True:
                try:
                    yield from pickle.load(handle)
                except EOFError:
                    break


def _new_file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.uuid4().hex}.parquet"


def _kind(value: object) -> str:
    names = {str: "text", int: "a number", float: "a number", bool: "a boolean", list: "an array", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def convert_alone(job: Job, task: Task) -> Converted:
    """Convert one block into files of its own; what a worker process runs."""
    conversion = Conversion(job)
    try:
        outcome = conversion.run(task)
        outcome.merge(conversion.close())
    except BaseException:
        conversion.discard()
        raise
    return outcome


def start_worker(parent: int) -> None:
    """Prepare a worker process: ignore Ctrl-C (the parent handles it) and end when the parent is gone."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)
    without_pandas()


def source_failure(outcome: Converted, files: str) -> OdaError | None:
    """The error of a source none of whose records could even be parsed, if that is so."""
    if outcome.samples or not outcome.parse_failures:
        return None
    reason, offset = outcome.first_failure or ("nothing parses", None)
    return SourceError(
        f"none of its {outcome.rejected:,} records can be read; the first: {reason}", file=files, offset=offset
    )
