"""What a model says of a sample after another one as an example: which answers are there, and asking for the others.

It is kept in the relation of the signal, under the hash of both contents: the pair is what was read, whatever datasets
its samples are in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from lake.catalog import Connection, Lake
from lake.relations import keep, run
from lake.staging import discarded_on_failure
from pipelines.deriving.commits import delete
from pipelines.deriving.guard import StaleRead, commit_unless_moved
from pipelines.deriving.stored import Stored
from pipelines.signalling.asked import table_of
from scorers.engines.interface import Failed
from scorers.signals.asking import Sample, Values
from scorers.signals.named import Named, named

Longs = npt.NDArray[np.int64]
Answers = dict[bytes, tuple[Values, Failed | None]]
"""What is kept of pairs, by their keys."""


@dataclass(frozen=True)
class Pairs:
    """Samples and their examples.

    - kind: the signal, such as `answer_after_example@qwen3-8b`; version: of the rows; asked: what the kind names.
    - ids, examples: the samples; keys: the hash of both contents of each pair.
    - retried: whether rows that say `failed` count as lacking.
    """

    lake: Lake
    reader: Connection
    stored: Stored
    kind: str
    version: str
    asked: Named
    ids: Longs
    examples: Longs
    keys: list[bytes]
    retried: bool = False

    @classmethod
    def of(cls, lake: Lake, reader: Connection, stored: Stored, of: tuple[str, str], both: tuple[Longs, Longs]) -> Self:
        """Rows of a kind and version about samples and their examples; loads no model."""
        (kind, version), (ids, examples) = of, both
        wanted = sorted({*ids.tolist(), *examples.tolist()})
        found = run(reader, "contents_of", samples=wanted).fetchall()
        content = {number: UUID(str(each)).bytes for number, each in found}
        pairs = zip(ids.tolist(), examples.tolist(), strict=True)
        keys = [xxhash.xxh3_128_digest(content[one] + content[other]) for one, other in pairs]
        return cls(lake, reader, stored, kind, version, named(kind), ids, examples, keys)

    def read(self, column: str) -> pa.Table:
        """place, status, detail, cut and the column as `value`, of every pair that has a row, in order."""
        return self._rows(self.reader, self.keys, column)

    def pending(self) -> list[int]:
        """The places of pairs without a row, equal pairs once, in order of their samples' ids."""
        first: dict[bytes, int] = {}
        for place in np.argsort(self.ids, kind="stable").tolist():
            first.setdefault(self.keys[place], place)
        done = self.done(self.reader, list(first))
        return [place for key, place in first.items() if key not in done]

    def samples(self, places: Sequence[int]) -> list[Sample]:
        """Each with its example, in NFC unless the signal is in parity form."""
        pairs = [(int(self.ids[place]), int(self.examples[place])) for place in places]
        wanted = sorted({number for pair in pairs for number in pair})
        texts = {number: texts for number, *texts in run(self.reader, "texts_of", samples=wanted).fetchall()}
        if not self.asked.signal.parity:
            texts = {number: [unicodedata.normalize("NFC", text) for text in both] for number, both in texts.items()}
        return [replace(Sample(*texts[one]), example=tuple(texts[other])) for one, other in pairs]

    def commit(self, made: Answers) -> Answers:
        """Store answers, but for those that another writer brought meanwhile; what was stored."""
        made = dict(made)
        while made:
            try:
                self._commit(made)
                break
            except StaleRead:
                for key in self.done(self.lake.connection, list(made)):
                    del made[key]
        return made

    def done(self, connection: Connection, keys: list[bytes]) -> set[bytes]:
        """Those of the pairs that have a row."""
        rows = self._rows(connection, keys, "status")
        found = zip(rows.column("place").to_pylist(), rows.column("status").to_pylist(), strict=True)
        return {keys[place] for place, status in found if not (self.retried and status == "failed")}

    def _commit(self, made: Answers) -> None:
        keys = list(made)
        contents = pa.array(keys, pa.binary(16)).cast(pa.uuid())
        table = table_of(self.stored.table, contents, list(made.values())).rename_columns({"sample_id": "content_id"})
        for name, value in (("signal", self.kind), ("version", self.version)):
            table = table.append_column(name, pa.array([value] * len(table)))
        schema = self.stored.table.arrow_schema
        files: list[Path] = []

        def write(connection: Connection) -> None:
            _want(connection, keys)
            given = {"stored": self.stored.table.name, "of": self.kind}
            keep(connection, "superseded", "superseded_pairs", **given)
            connection.unregister("pairs_wanted")
            delete(connection, self.stored, "superseded")
            self.lake.add_files(connection, self.stored.table, files)

        with discarded_on_failure(files):
            files.append(self.lake.staging_file(self.stored.table))
            pq.write_table(table.select(schema.names).cast(schema), files[-1], compression="zstd")
            commit_unless_moved(
                self.lake,
                seen=set(),
                look=lambda connection: self.done(connection, keys),
                write=write,
                message=f"ask {self.kind} about {len(made)} pairs",
                staged=files,
            )

    def _rows(self, connection: Connection, keys: list[bytes], column: str) -> pa.Table:
        _want(connection, keys)
        try:
            given = {"stored": self.stored.table.name, "column": column, "of": self.kind, "at": self.version}
            return run(connection, "pair_signals", **given).to_arrow_table()
        finally:
            connection.unregister("pairs_wanted")


def _want(connection: Connection, keys: list[bytes]) -> None:
    """Register pairs by their place, for the queries that are about them."""
    wanted = pa.table({"place": np.arange(len(keys)), "content_id": pa.array(keys, pa.binary(16)).cast(pa.uuid())})
    connection.register("pairs_wanted", wanted)
