"""One window of a dataset: which vectors are pending, what equal content offers, embed the rest, commit.

As in scoring, a window is a range of sample ids, and what is pending is read again inside the commit: when another
writer changed it meanwhile the window starts over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.errors import ConflictError
from lake.relations import relation
from lake.tables import EMBEDDINGS
from pipelines.embedding.model import Embedder
from pipelines.scoring.commit import Moved
from pipelines.scoring.storage import discarded_on_failure
from pipelines.scoring.window import Window
from scorers.batch import Batch
from scorers.collection import Vectors
from scorers.sets.directions import directed

Longs = npt.NDArray[np.int64]

_TRIES = 50
_STEP = 256
_ROW_GROUP = 8192
# Hashed twice: a hash of several columns is linear in them.
_DIGEST = "count(*), bit_xor(hash(hash(sample_id, content_id)))"


@dataclass
class Embedding:
    """A model at work on windows of the lake.

    - reader: a second connection to the same database; its temporary tables hold what is pending.
    - advance: told how many samples are done.
    - embedded, reused, empty: samples computed (equal content counted with its copies), copied, and without text.
    """

    lake: Lake
    reader: Connection
    embedder: Embedder
    advance: Callable[[float], None]
    embedded: int = field(default=0)
    reused: int = field(default=0)
    empty: int = field(default=0)

    def bring_up_to_date(self, window: Window) -> None:
        """Give every sample of the window a vector, or NULL where it has no text.

        Raises ConflictError when other writers keep changing the window.
        """
        for _ in range(_TRIES):
            try:
                if self._pending(window) and self._reuse(window):
                    self._pending(window)
                if self._any():
                    self._embed(window)
                self.advance(window.samples)
                return
            except Moved:
                continue
        raise ConflictError(
            f"Other writers kept changing samples {window.low} to {window.high} of {window.dataset}.",
            hint="What was committed is intact; run it again.",
        )

    @property
    def _model(self) -> dict[str, Any]:
        return {"model": self.embedder.name, "revision": self.embedder.revision}

    def _pending(self, window: Window) -> bool:
        query = relation("pending_embeddings").sql
        self.reader.execute(f"create or replace temp table pending_vectors as {query}", {**window.place, **self._model})
        return self._any()

    def _any(self) -> bool:
        row = self.reader.execute("select exists (from pending_vectors)").fetchone()
        return bool(row and row[0])

    def _commit(
        self, window: Window, what: str, write: Callable[[Connection], None], staged: Sequence[Path] = ()
    ) -> None:
        before = self.reader.execute(f"select {_DIGEST} from pending_vectors").fetchone()
        place = {**window.place, **self._model}

        def work(connection: Connection) -> None:
            pending = relation("pending_embeddings").sql
            if connection.execute(f"select {_DIGEST} from ({pending})", place).fetchone() != before:
                raise Moved
            connection.execute(
                "delete from embeddings where dataset = $dataset and sample_id between $low and $high "
                "and model = $model and revision <> $revision",
                place,
            )
            write(connection)

        self.lake.transact(work, message=f"{what} {window.dataset}", staged=staged)

    def _reuse(self, window: Window) -> bool:
        """Copy the vectors of equal content in one commit; whether there were any."""
        donors = self.reader.execute(relation("reusable_embeddings").sql, self._model).to_arrow_table()
        if not donors.num_rows:
            return False

        def write(connection: Connection) -> None:
            connection.register("vector_donors", donors)
            connection.execute(
                "insert into embeddings by name select vector_donors.sample_id, $dataset as dataset, e.model, "
                "e.revision, e.vector from vector_donors join embeddings as e on e.sample_id = vector_donors.donor_id "
                "where e.model = $model and e.revision = $revision order by vector_donors.sample_id",
                {"dataset": window.dataset, **self._model},
            )
            connection.unregister("vector_donors")

        self._commit(window, "reuse embeddings of equal content for", write)
        self.reused += donors.num_rows
        return True

    def _embed(self, window: Window) -> None:
        table = self.reader.execute(
            "select samples.sample_id, samples.instruction, samples.response, leaders.leader from samples join ("
            "select sample_id, min(sample_id) over (partition by content_id) as leader from pending_vectors"
            ") as leaders using (sample_id) "
            "where samples.dataset = $dataset and samples.sample_id between $low and $high order by sample_id",
            window.place,
        ).to_arrow_table()
        ids, leaders = (table.column(name).to_numpy() for name in ("sample_id", "leader"))
        is_leader = ids == leaders
        texts = Batch(table.filter(pa.array(is_leader))).text("sample")
        vectors, valid = self._vectors(texts)
        of = np.searchsorted(ids[is_leader], leaders)
        files = [self.lake.staging_file(EMBEDDINGS, dataset=window.dataset)]
        with discarded_on_failure(files):
            _stage(files[0], ids, vectors[of], valid[of], self._model)
            self._commit(window, "embed", lambda connection: self.lake.add_files(connection, EMBEDDINGS, files), files)
        self.embedded += int(valid[of].sum())
        self.empty += int((~valid[of]).sum())

    def _vectors(self, texts: pa.Array) -> tuple[Vectors, npt.NDArray[np.bool_]]:
        """A vector per text, and which rows have one: not those without a character, nor a vector without direction."""
        sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False)
        # Long texts first: a batch is padded to its longest.
        order = np.argsort(-sizes, kind="stable")[: int(np.count_nonzero(sizes))]
        vectors = np.zeros((len(texts), 0), np.float32)
        for start in range(0, len(order), _STEP):
            rows = order[start : start + _STEP]
            found = self.embedder.encode(texts.take(pa.array(rows)).to_pylist())
            if not vectors.shape[1]:
                vectors = np.zeros((len(texts), found.shape[1]), np.float32)
            vectors[rows] = found
        valid: npt.NDArray[np.bool_] = directed(vectors)
        return vectors, valid


def _stage(path: Any, ids: Longs, vectors: Vectors, valid: npt.NDArray[np.bool_], model: dict[str, str]) -> None:
    """Write vectors, sorted by sample id, to a file that belongs to nothing yet."""
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * vectors.shape[1]
    lists = pa.ListArray.from_arrays(offsets, pa.array(vectors.reshape(-1)), mask=pa.array(~valid))
    table = pa.table(
        {
            "sample_id": ids,
            "model": pa.array([model["model"]] * len(ids)),
            "revision": pa.array([model["revision"]] * len(ids)),
            "vector": lists,
        }
    )
    schema = pa.schema([EMBEDDINGS.arrow_schema.field(name) for name in table.column_names])
    pq.write_table(
        table.cast(schema),
        path,
        compression="zstd",
        row_group_size=_ROW_GROUP,
        use_dictionary=["model", "revision"],
    )
