"""What a model says of a sample after another one as an example.

It is kept in the relation of the signal, under the hash of both contents: the pair is what was read, whatever datasets
its samples are in. It is asked for in chunks, a commit each, so that a killed run loses one chunk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from lake.catalog import Connection, Lake
from lake.relations import run
from lake.staging import discarded_on_failure
from pipelines.deriving.guard import StaleRead, commit_unless_moved
from pipelines.deriving.stored import Stored
from pipelines.progress import Progress
from pipelines.signalling.asked import CHUNK_ROWS, STEP, source_of_kind, table_of
from pipelines.signalling.sources import Source
from scorers.engines.interface import Engine
from scorers.signals.asking import Sample, answers
from scorers.signals.named import Named, named

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Samples and their examples.

    - kind: the signal, such as `answer_after_example@qwen3-8b`; asked, source: what it names.
    - ids, examples: the samples; keys: the hash of both contents of each pair.
    """

    lake: Lake
    reader: Connection
    stored: Stored
    kind: str
    asked: Named
    source: Source
    ids: Longs
    examples: Longs
    keys: list[bytes]

    @classmethod
    def of(cls, lake: Lake, reader: Connection, stored: Stored, kind: str, both: tuple[Longs, Longs]) -> Self:
        """Samples and their examples; raises OdaError for a model that cannot be had. Loads none."""
        asked, (ids, examples) = named(kind), both
        wanted = sorted({*ids.tolist(), *examples.tolist()})
        found = run(reader, "contents_of", samples=wanted).fetchall()
        content = {number: UUID(str(each)).bytes for number, each in found}
        pairs = zip(ids.tolist(), examples.tolist(), strict=True)
        keys = [xxhash.xxh3_128_digest(content[one] + content[other]) for one, other in pairs]
        return cls(lake, reader, stored, kind, asked, source_of_kind(lake.settings, asked), ids, examples, keys)

    @property
    def version(self) -> str:
        """Of the rows."""
        return f"{self.asked.signal.stamp}+{self.source.stamp}"

    def read(self, column: str) -> pa.Table:
        """status, detail, cut and the column as `value`, of every pair in order."""
        return self._rows(self.reader, self.keys, column)

    def bring_up_to_date(self, progress: Progress) -> None:
        """Ask about pairs without a row, equal pairs once."""
        first = {key: place for place, key in reversed(list(enumerate(self.keys)))}
        done = self._done(self.reader, list(first))
        missing = sorted(place for key, place in first.items() if key not in done)
        if not missing:
            return
        progress.start(f"ask {self.kind}", len(missing), "pairs")
        with self.source.open() as engine:
            self.source.checked(engine)
            for start in range(0, len(missing), CHUNK_ROWS):
                self._bring(engine, missing[start : start + CHUNK_ROWS], progress)
        progress.finish()

    def _bring(self, engine: Engine, chunk: list[int], progress: Progress) -> None:
        """Ask about some pairs and commit the answers, but for those that another writer brought meanwhile."""
        samples = self._samples(chunk)
        order = sorted(range(len(chunk)), key=lambda at: -sum(map(len, (samples[at].joined, *samples[at].example))))
        rows: list[Any] = [None] * len(chunk)
        most = min(filter(None, (self.asked.max_length, engine.facts.max_length)), default=0)
        for start in range(0, len(order), STEP):
            part = order[start : start + STEP]
            found = answers(self.asked.signal, engine, [samples[at] for at in part], most)
            for at, outcome in zip(part, found, strict=True):
                rows[at] = outcome
            progress.advance(len(part))
        made = {self.keys[place]: row for place, row in zip(chunk, rows, strict=True)}
        while made:
            try:
                self._commit(made)
                break
            except StaleRead:
                for key in self._done(self.lake.connection, list(made)):
                    del made[key]

    def _samples(self, chunk: Sequence[int]) -> list[Sample]:
        """Each with its example, in NFC unless the signal is in parity form."""
        pairs = [(int(self.ids[place]), int(self.examples[place])) for place in chunk]
        wanted = sorted({number for pair in pairs for number in pair})
        texts = {number: texts for number, *texts in run(self.reader, "texts_of", samples=wanted).fetchall()}
        if not self.asked.signal.parity:
            texts = {number: [unicodedata.normalize("NFC", text) for text in both] for number, both in texts.items()}
        return [replace(Sample(*texts[one]), example=tuple(texts[other])) for one, other in pairs]

    def _commit(self, made: dict[bytes, Any]) -> None:
        contents = pa.array(list(made), pa.binary(16)).cast(pa.uuid())
        table = table_of(self.stored.table, contents, list(made.values())).rename_columns({"sample_id": "content_id"})
        for name, value in (("signal", self.kind), ("version", self.version)):
            table = table.append_column(name, pa.array([value] * len(table)))
        schema = self.stored.table.arrow_schema
        files: list[Path] = []
        with discarded_on_failure(files):
            files.append(self.lake.staging_file(self.stored.table))
            pq.write_table(table.select(schema.names).cast(schema), files[-1], compression="zstd")
            commit_unless_moved(
                self.lake,
                seen=set(),
                look=lambda connection: self._done(connection, list(made)),
                write=lambda connection: self.lake.add_files(connection, self.stored.table, files),
                message=f"ask {self.kind} about {len(made)} pairs",
                staged=files,
            )

    def _done(self, connection: Connection, keys: list[bytes]) -> set[bytes]:
        """Those of the pairs that have a row."""
        return {keys[place] for place in self._rows(connection, keys, "status").column("place").to_pylist()}

    def _rows(self, connection: Connection, keys: list[bytes], column: str) -> pa.Table:
        wanted = pa.table({"place": np.arange(len(keys)), "content_id": pa.array(keys, pa.binary(16)).cast(pa.uuid())})
        connection.register("pairs_wanted", wanted)
        try:
            given = {"stored": self.stored.table.name, "column": column, "of": self.kind, "at": self.version}
            return run(connection, "pair_signals", **given).to_arrow_table()
        finally:
            connection.unregister("pairs_wanted")
