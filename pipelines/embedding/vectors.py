"""Embeddings as a stored derived relation: a vector per sample, or NULL where it has no text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lake.tables import EMBEDDINGS
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.embedding.model import Embedder
from scorers.batch import Batch
from scorers.collection import Vectors
from scorers.sets.directions import directed

STORED_VECTORS = Stored(
    EMBEDDINGS,
    kind="model",
    version="revision",
    value="vector",
    row_bytes=2_000,
    parquet={"row_group_size": 8192, "use_dictionary": ["model", "revision"]},
)

CHUNK_ROWS = 4096
"""Samples of a commit: what a kill can lose."""

_STEP = 256


def vectors_of(embedder: Embedder, *, chunk_rows: int) -> Producer:
    """The producer of a model's vectors; one engine that is fed texts by falling length."""

    def derive(chunk: Chunk) -> Iterator[Derived]:
        for batch in chunk.longest_first(_STEP):
            texts = Batch(batch).text("sample")
            yield Derived(len(texts), [(0, _rows(batch.column("sample_id"), *_vectors(embedder, texts)))])

    return Producer(
        verb="embed",
        stored=STORED_VECTORS,
        wanted=((embedder.name, embedder.revision),),
        derive=derive,
        chunk_rows=chunk_rows,
    )


def _vectors(embedder: Embedder, texts: pa.Array) -> tuple[Vectors, npt.NDArray[np.bool_]]:
    """A vector per text, and which rows have one: not those without a character, nor a vector without direction."""
    sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    filled = np.flatnonzero(sizes)
    if not len(filled):
        return np.zeros((len(texts), 0), np.float32), np.zeros(len(texts), bool)
    found = embedder.encode(texts.take(pa.array(filled)).to_pylist())
    vectors = np.zeros((len(texts), found.shape[1]), np.float32)
    vectors[filled] = found
    return vectors, directed(vectors)


def _rows(ids: pa.Array, vectors: Vectors, valid: npt.NDArray[np.bool_]) -> pa.Table:
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * vectors.shape[1]
    lists = pa.ListArray.from_arrays(offsets, pa.array(vectors.reshape(-1)), mask=pa.array(~valid))
    return pa.table({"sample_id": ids, "vector": lists})
