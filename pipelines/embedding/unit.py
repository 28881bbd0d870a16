"""Stored embeddings at length 1, read once from the lake into a file, for work that goes over them again and again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Lake
from scorers.collection import Vectors
from scorers.sets.directions import directed

Longs = npt.NDArray[np.int64]

_ROWS = 4096

_VECTORS = """
select embeddings.sample_id, embeddings.vector from embeddings semi join wanted_vectors using (sample_id)
where model = $model and revision = $revision and vector is not null
"""


@contextmanager
def unit_vectors(lake: Lake, ids: Longs, model: str, revision: str) -> Iterator[Vectors]:
    """float32[n, d]: the embeddings of samples at length 1 in the order of `ids`, in a file of the scratch folder.

    Those without direction are zeros.
    """
    path = lake.scratch / f"{uuid.uuid4().hex}.vectors"
    vectors = np.zeros((0, 0), np.float32)
    order = np.argsort(ids, kind="stable")
    ascending = ids[order]
    try:
        with lake.second_reader() as second:
            second.register("wanted_vectors", pa.table({"sample_id": ids}))
            values = {"model": model, "revision": revision}
            for batch in second.execute(_VECTORS, values).to_arrow_reader(_ROWS):
                found = batch.column("sample_id").to_numpy()
                rows = batch.column("vector").flatten().to_numpy().reshape(batch.num_rows, -1)
                if not len(found):
                    continue
                if not vectors.size:
                    shape = (len(ids), rows.shape[1])
                    vectors = np.memmap(path, np.float32, "w+", shape=shape)
                kept = directed(rows)  # the others stay 0: they resemble nothing
                rows = rows[kept].astype(np.float64)
                lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
                vectors[order[np.searchsorted(ascending, found[kept])]] = rows / lengths[:, None]
        yield vectors
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
