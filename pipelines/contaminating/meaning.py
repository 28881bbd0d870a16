"""Contamination by meaning: the stored embeddings of samples against those of benchmark items.

What rephrasing leaves of an item is its meaning. Of each benchmark the item nearest to a sample counts; a cosine says
that two texts are about the same, not that one is the other, so what is found this way has its similarity beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import UsageError
from lake.relations import run
from pipelines.contaminating.commit import commit
from pipelines.contaminating.parameters import EMBEDDING, Meaning
from pipelines.contaminating.scan import FOUND, MATCHED
from pipelines.contaminating.tasks import Part, batches, pending
from pipelines.overlapping.keys import Keying
from pipelines.progress import Progress
from scorers.collection import Vectors
from scorers.sets.directions import directed

COMMIT_SAMPLES = 500_000
"""Samples of a commit: what a kill can lose."""

_ROWS = 4096

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """Samples whose embeddings were compared, and datasets and benchmarks that lack embeddings."""

    samples: int = 0
    unembedded: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Items:
    """Items with a vector: ids in order, benchmark and text of each, words, and float32[n, d] of length 1."""

    ids: Longs
    benchmarks: list[str]
    words: list[int]
    texts: list[str]
    vectors: Vectors

    def ranges(self) -> Iterator[tuple[int, int]]:
        """The places of each benchmark, whose items lie together."""
        first = 0
        for place in range(1, len(self.ids) + 1):
            if place == len(self.ids) or self.benchmarks[place] != self.benchmarks[first]:
                yield first, place
                first = place


def compare(
    lake: Lake, datasets: Sequence[str], benchmarks: Sequence[str], meaning: Meaning, progress: Progress
) -> Compared:
    """Compare what was not compared yet of the datasets and benchmarks that are embedded.

    Raises UsageError where no dataset or no benchmark is.
    """
    model = meaning.model or lake.settings.embedding_model
    rows = run(lake.connection, "embedded_datasets", model=model, datasets=[*datasets, *benchmarks]).fetchall()
    able = {str(dataset) for dataset, _ in rows}
    chosen = [name for name in datasets if name in able]
    against = [name for name in benchmarks if name in able]
    if not chosen or not against:
        what = "training dataset" if not chosen else "benchmark"
        raise UsageError(f"No {what} has all of its embeddings of {model}.", hint="Embed them first: oda embed")
    revision = str(rows[0][1])
    key, scanned = meaning.key(model, revision), 0
    todo = pending(lake, chosen, against, method=EMBEDDING, key=key)
    progress.start("compare embeddings", sum(task.samples for tasks in todo.values() for task in tasks), "samples")
    with lake.second_reader() as reader:
        for group, tasks in todo.items():
            comparison = _Comparison(reader, _items(reader, list(group), model, revision), meaning, model, revision)
            held: list[Part] = []
            tables: list[pa.Table] = []
            for batch in batches(tasks):
                tables += comparison.batch(batch)
                held += batch
                samples = sum(window.samples for _, window in batch)
                scanned += samples
                progress.advance(samples)
                if sum(window.samples for _, window in held) >= COMMIT_SAMPLES:
                    commit(lake, held, _together(tables), method=EMBEDDING, key=key)
                    held, tables = [], []
            if held:
                commit(lake, held, _together(tables), method=EMBEDDING, key=key)
    progress.finish()
    return Compared(scanned, tuple(name for name in (*datasets, *benchmarks) if name not in able))


def _together(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([FOUND.empty_table(), *tables])


def _items(connection: Connection, benchmarks: list[str], model: str, revision: str) -> _Items:
    found = run(connection, "benchmark_items", benchmarks=benchmarks, version=Keying().version).to_arrow_table()
    table = run(connection, "embedded_range", datasets=benchmarks, model=model, revision=revision).to_arrow_table()
    ids, vectors = _unit(table)
    places = np.searchsorted(found.column("item_id").to_numpy(), ids)
    named = found.select(["benchmark", "words", "text"]).take(pa.array(places)).to_pydict()
    return _Items(ids, named["benchmark"], named["words"], named["text"], vectors)


def _unit(rows: pa.Table | pa.RecordBatch) -> tuple[Longs, Vectors]:
    """Sample ids and vectors at length 1 of those that have a direction."""
    ids = rows.column("sample_id").to_numpy()
    column = rows.column("vector")
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = lists.flatten().to_numpy().reshape(len(ids), -1) if len(ids) else np.zeros((0, 0), np.float32)
    kept = directed(values) if len(ids) else np.zeros(0, np.bool_)
    wide = values[kept].astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    return ids[kept], (wide / lengths[:, None]).astype(np.float32)


@dataclass(frozen=True)
class _Comparison:
    """Items of some benchmarks against samples, in batches of vectors."""

    connection: Connection
    items: _Items
    meaning: Meaning
    model: str
    revision: str

    def batch(self, parts: Sequence[Part]) -> Iterator[pa.Table]:
        """What the windows hold of the items: the columns of `contamination` but `answer` and `dataset`."""
        windows = [window for _, window in parts]
        place = {"datasets": [window.dataset for window in windows], "low": windows[0].low, "high": windows[-1].high}
        given = {"model": self.model, "revision": self.revision}
        for rows in run(self.connection, "embedded_range", **place, **given).to_arrow_reader(_ROWS):
            ids, vectors = _unit(rows)
            if len(ids) and len(self.items.ids):
                yield self._nearest(ids, vectors)

    def _nearest(self, ids: Longs, vectors: Vectors) -> pa.Table:
        """Of each benchmark the item nearest to each sample, where it is near enough."""
        samples, items, cosines = [], [], []
        for first, end in self.items.ranges():
            products = vectors @ self.items.vectors[first:end].T
            best = products.argmax(axis=1)
            cosine = products[np.arange(len(ids)), best]
            near = np.flatnonzero(cosine >= self.meaning.doubtful)
            samples.append(ids[near])
            items.append(first + best[near])
            cosines.append(np.minimum(cosine[near], np.float32(1)))
        places = np.concatenate(items).tolist()
        cosine = np.concatenate(cosines).astype(np.float64)
        sure = cosine >= self.meaning.similar
        table = {
            "item_id": self.items.ids[places],
            "benchmark": [self.items.benchmarks[place] for place in places],
            "sample_id": np.concatenate(samples),
            "method": [EMBEDDING] * len(places),
            "verdict": np.where(sure, "contaminated", "trace").tolist(),
            "item_words": [self.items.words[place] for place in places],
            "matched": [(self.items.texts[place] or "")[:MATCHED] for place in places],
            "similarity": cosine,
        }
        columns = [
            pa.array(table[field.name], field.type) if field.name in table else pa.nulls(len(places), field.type)
            for field in FOUND
        ]
        return pa.table(columns, schema=FOUND)
