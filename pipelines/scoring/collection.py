"""Reading a dataset as a collection: its vectors in a file of the scratch folder, its texts as they are asked for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np

from lake.catalog import Connection, Lake
from lake.errors import UnknownNameError
from lake.relations import keep, quote, run
from pipelines.scoring.compute import Longs
from pipelines.slicing.whereabouts import require_contents
from scorers.batch import Batch
from scorers.collection import Collection, Vectors
from scorers.sets.directions import directed, keep_directed

_ROWS = 4096


@dataclass(frozen=True)
class Contents:
    """What a dataset holds for axes of whole datasets; equal contents have equal digests."""

    samples: int
    vectors: int
    texts: int
    embedded: int
    revision: str | None

    def fingerprint(self, *, embedded: bool) -> str:
        """What is stored with a measure, to know whether it still holds."""
        parts = [self.samples, f"{self.texts:016x}"]
        if embedded:
            parts += [self.vectors, f"{self.embedded:016x}"]
        return "-".join(map(str, parts))


def contents(connection: Connection, dataset: str, model: str) -> Contents:
    """What the dataset holds now."""
    row = run(connection, "set_fingerprint", dataset=dataset, model=model).fetchone()
    assert row is not None  # an aggregate has one row
    return Contents(*row)


@dataclass(frozen=True)
class Collected:
    """A dataset as a collection, the sample ids of its rows, and those whose embedding has no direction."""

    rows: Collection
    ids: Longs
    undirected: Longs


@contextmanager
def collected(
    lake: Lake, reader: Connection, dataset: str, held: Contents, *, columns: list[str]
) -> Iterator[Collected]:
    """The dataset as a collection; `columns` are those its texts are made of."""
    keep(reader, "collection_places", "collection_rows", dataset=dataset)
    model = lake.settings.embedding_model
    path = lake.scratch / f"{uuid.uuid4().hex}.vectors"

    def texts(most: int) -> Iterator[Batch]:
        chosen = ", ".join(f"samples.{quote(column)}" for column in columns)
        query = (
            f"select {chosen} from samples join collection_places using (sample_id) "
            "where samples.dataset = ? and collection_places.place < ? order by collection_places.place"
        )
        yield from map(Batch, reader.execute(query, [dataset, most]).to_arrow_reader(_ROWS))

    def subset(name: str) -> Vectors:
        return slice_vectors(reader, name, model, held.revision)

    try:
        vectors, ids = _vectors(reader, dataset, model, held, path)
        vectors, kept = keep_directed(vectors)
        collection = Collection(
            vectors, samples=held.samples, texts=texts, subset=subset, threads=lake.settings.threads
        )
        yield Collected(collection, ids[kept], ids[~kept])
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
        reader.execute("drop table if exists temp.collection_places")


def _vectors(reader: Connection, dataset: str, model: str, held: Contents, path: object) -> tuple[Vectors, Longs]:
    revision = held.revision or ""
    keep(reader, "collection_members", "collection_vectors", dataset=dataset, model=model, revision=revision)
    ids = reader.execute("select sample_id from collection_members order by place").to_arrow_table()
    found = ids.column("sample_id").to_numpy()
    vectors = np.zeros((0, 0), np.float32)
    if len(found):
        query = (
            "select collection_members.place, embeddings.vector from embeddings "
            "join collection_members using (sample_id) "
            "where embeddings.dataset = $dataset and embeddings.model = $model and embeddings.revision = $revision "
            "and embeddings.vector is not null"
        )
        chosen = {"dataset": dataset, "model": model, "revision": revision}
        for batch in reader.execute(query, chosen).to_arrow_reader(_ROWS):
            rows = batch.column("vector").flatten().to_numpy().reshape(batch.num_rows, -1)
            if not vectors.size:
                vectors = np.memmap(path, np.float32, "w+", shape=(len(found), rows.shape[1]))  # type: ignore[call-overload]
            vectors[batch.column("place").to_numpy()] = rows
    reader.execute("drop table temp.collection_members")
    return vectors, found


def slice_vectors(reader: Connection, name: str, model: str, revision: str | None) -> Vectors:
    """The vectors that a slice's members have today, of any dataset; raises UnknownNameError for no such slice."""
    known = [row[0] for row in reader.execute("select slice from slices").fetchall()]
    if name not in known:
        raise UnknownNameError.of("slice", name, known)
    query = (
        "select vector from embeddings where model = ? and revision = ? and vector is not null "
        "and sample_id in (select sample_id from slice_samples where slice = ?) order by sample_id"
    )
    table = reader.execute(query, [model, revision or "", name]).to_arrow_table()
    if not table.num_rows:
        return np.zeros((0, 0), np.float32)
    vectors: Vectors = table.column("vector").combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
    return vectors[directed(vectors)]


@dataclass(frozen=True)
class Subset:
    """What a slice gives as a subset now; the relation `subset_state` says what its columns are."""

    members: int
    lost: int
    unembedded: int
    unembedded_in: str | None
    vectors: int
    digest: int

    def fingerprint(self) -> str:
        """What is stored with a measure, to know whether it still holds."""
        return f"{self.members}-{self.lost}-{self.unembedded}-{self.vectors}-{self.digest:016x}"

    def absence(self, name: str, model: str) -> str | None:
        """Why there is no measure against it: a part of a slice is not the slice."""
        if self.lost:
            return f"{self.lost:,} of {self.members:,} members of slice {name} are no longer in the lake"
        if self.unembedded:
            return (
                f"{self.unembedded:,} of {self.members:,} members of slice {name} have no embedding of {model}; "
                f"run: oda embed {self.unembedded_in}"
            )
        return None


def subset(connection: Connection, name: str, model: str, revision: str | None) -> Subset:
    """What the slice gives as a subset now."""
    require_contents(connection)
    row = run(connection, "subset_state", slice=name, model=model, revision=revision or "").fetchone()
    assert row is not None  # aggregates have one row
    return Subset(*row)
