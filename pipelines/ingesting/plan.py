"""What an ingest will do: every file probed for what it holds, then every block as a task.

A large source is read only once: how is guessed from the heads of its files, every record is looked at while it is
converted, and only where what all of them say differs is it converted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from lake.containers import json_file, lines, reader
from lake.containers.base import RAW_BYTES, Bad, Block
from lake.containers.packed import compression
from lake.errors import SourceError
from lake.formats import single_columns, threads
from lake.formats.base import Binding, Record
from lake.formats.detect import detect
from lake.formats.probe import Probe
from lake.garbage import uncollected
from lake.sources import archives, names
from lake.sources.resolve import SourceFile
from pipelines.ingesting.budget import MemoryBudget
from pipelines.ingesting.convert import Task
from pipelines.ingesting.writer import as_json

HEAD = 200
"""Records of a file that a guess is made from."""

LARGEST_THREADS = 1 << 30
"""Bytes of files whose rows are single turns; they are put together in memory."""

Probing = Callable[[Iterator[Block]], Iterable[Probe]]
"""Blocks to what each of them holds, in any order: in this process or in others."""


@dataclass(frozen=True)
class Reading:
    """How the files of one shape are read: the binding, the records it was decided on, columns of simple lines."""

    binding: Binding
    records: list[Record]
    schema: pa.Schema | None


class Plan:
    """The files of a dataset as tasks in order; knows afterwards how they were read."""

    def __init__(
        self, files: tuple[SourceFile, ...], mapping: dict[str, str], scratch: Path, budget: MemoryBudget, ratio: int
    ) -> None:
        self._files = files
        self._mapping = mapping
        self._scratch = scratch
        self._ratio = ratio
        self._readings: dict[str, Reading] = {}
        self._headerless: dict[str, bool] = {}
        self._unpacked = False
        self._guessed = False
        self.left_out: list[str] = []
        self.budget = budget
        self.bindings: dict[str, int] = {}
        self.rows = 0

    @property
    def readings(self) -> list[Reading]:
        """How the files are read, each way once, in the order of the files."""
        return list({id(reading): reading for reading in self._readings.values()}.values())

    def survey(self, probed: Probing) -> None:
        """Look at every record of every file; files with the same columns are read alike."""
        probes: dict[str, Probe] = {}
        for file in self._opened():
            probe = probes[file.name] = Probe()
            for part in probed(self._noted(file)):
                probe.merge(part)
        self._decide(probes)

    def guess(self) -> bool:
        """Decide by the first records of every file; whether there is a guess that `confirm` can be asked about."""
        probes: dict[str, Probe] = {}
        for file in self._opened():
            probe = probes[file.name] = Probe()
            for block in islice(self._noted(file), 1):
                for _, record in islice(reader.read(block), HEAD):
                    if type(record) is dict and record:
                        probe.add(record)
        try:
            self._decide(probes)
        except SourceError:
            return False  # all records may say more
        self._guessed = not any(reading.binding.format == threads.NAME for reading in self._readings.values())
        return self._guessed

    def confirm(self, probes: dict[str, Probe]) -> bool:
        """Decide by what was seen of every file; whether that is what was guessed."""
        guessed = {name: reading.binding for name, reading in self._readings.items()}
        self._guessed = False
        self._decide({file.name: probes.get(file.name, Probe()) for file in self._opened()})
        return guessed == {name: reading.binding for name, reading in self._readings.items()}

    def _decide(self, found: dict[str, Probe]) -> None:
        groups: dict[Any, list[str]] = {}
        probes: dict[Any, Probe] = {}
        self._readings = {}
        for file in self._files:
            if file.name not in self._headerless:
                continue
            if not found[file.name].records():
                raise self._nothing_readable(file)
            key = (found[file.name].columns, self._headerless[file.name])
            groups.setdefault(key, []).append(file.name)
            probes.setdefault(key, Probe()).merge(found[file.name])
        for key, alike in groups.items():
            records = probes[key].records()
            binding = detect(records, mapping=self._mapping, headerless=key[1], file=alike[0])
            reading = Reading(binding, records, single_columns.schema(binding, records))
            self._readings |= dict.fromkeys(alike, reading)

    def tasks(self) -> Iterator[Task]:
        """Every block of every file, numbered through the dataset."""
        threaded = self._threads()
        self.bindings, self.rows = {}, 0
        for file in self._files:
            reading = self._readings.get(file.name)
            if reading is None:
                continue
            described = reading.binding.describe()
            for block in threaded.get(file.name, None) or self._blocks(file):
                schema = reading.schema if block.kind == lines.KIND else None
                self.bindings[described] = self.bindings.get(described, 0) + block.count
                yield Task(block, reading.binding, self.rows, file.split, schema, self._guessed)
                self.rows += block.count

    def _threads(self) -> dict[str, list[Block]]:
        """The threads of files whose rows are single turns: of each file those whose answer stands in it."""
        groups: dict[str, list[SourceFile]] = {}
        for file in self._files:
            reading = self._readings.get(file.name)
            if reading is not None and reading.binding.format == threads.NAME:
                groups.setdefault(str(sorted(reading.binding.options.items())), []).append(file)
        found: dict[str, list[Block]] = {}
        for files in groups.values():
            if (size := sum(file.size for file in files)) > LARGEST_THREADS:
                raise SourceError(
                    f"its rows are single turns, and {size:,} bytes of them are too many to be put together",
                    file=files[0].name,
                    hint="Put each conversation into a row of its own first.",
                )
            found |= self._joined(files, self._readings[files[0].name].binding)
        return found

    def _joined(self, files: list[SourceFile], binding: Binding) -> dict[str, list[Block]]:
        rows: list[Record] = []
        places: list[SourceFile] = []
        held: dict[str, list[Any]] = {file.name: [] for file in files}
        for file in files:
            for block in self._blocks(file):
                for _, record in reader.read(block):
                    if isinstance(record, dict):
                        rows.append(record)
                        places.append(file)
                    else:
                        held[file.name].append(record)
        for number, thread in threads.joined(rows, binding):
            raw = Bad(thread, as_json(rows[number]).encode()[:RAW_BYTES]) if isinstance(thread, str) else thread
            held[places[number].name].append(raw)
        return {
            file.name: [
                Block(json_file.KIND, file.path, file.name, first, len(part), file.size, data=part)
                for first in range(0, len(held[file.name]), json_file.RECORDS_PER_BLOCK)
                if (part := held[file.name][first : first + json_file.RECORDS_PER_BLOCK])
            ]
            for file in files
        }

    def _opened(self) -> tuple[SourceFile, ...]:
        if not self._unpacked:
            self._files, self._unpacked = tuple(self._within_archives()), True
        return self._files

    def _within_archives(self) -> Iterator[SourceFile]:
        """The files, and those within archives instead of these."""
        for number, file in enumerate(self._files):
            if not names.is_archive(file.name):
                yield file
                continue
            inner, others = archives.unpacked_files(file, self._scratch / f"archive-{number}", self._ratio)
            self.left_out += others or ([] if inner else [file.name])
            yield from inner

    def _noted(self, file: SourceFile) -> Iterator[Block]:
        """The blocks of a file; that it has any is remembered, and whether its first row is no header."""
        for block in self._blocks(file):
            self._headerless.setdefault(file.name, bool(block.where.get("headerless")))
            yield block

    def _nothing_readable(self, file: SourceFile) -> SourceError:
        record = next((record for block in self._blocks(file) for _, record in reader.read(block)), None)
        if isinstance(record, Bad):
            return SourceError(
                f"no record can be read; the first: {record.reason}", file=file.name, offset=record.offset
            )
        return SourceError("its records are not objects with named columns", file=file.name)

    def _blocks(self, file: SourceFile) -> Iterator[Block]:
        return reader.blocks(
            file.path,
            file.name,
            block_bytes=self._block_bytes(file),
            scratch=self._scratch,
            ratio=self._ratio,
            wanted=self._mapping.values(),
        )

    def _block_bytes(self, file: SourceFile) -> int:
        if compression(file.path) or file.path.suffix not in (".jsonl", ".ndjson", ".json"):
            return self.budget.inline
        share = sum(each.size for each in self._files) // (4 * self.budget.workers)
        return min(self.budget.range, max(self.budget.inline // 2, share))


def probe_of(block: Block) -> Probe:
    """What a block holds; what a worker process runs."""
    probe = Probe()
    with uncollected():  # records have no cycles
        for _, record in reader.read(block):
            if type(record) is dict and record:
                probe.add(record)
    return probe
