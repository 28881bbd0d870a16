"""Embedding: what is pending is samples minus embeddings of the model, so a crash and new rows are one query.

`pipelines.deriving.engine` does the work. Other weights under the same name replace vectors.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.deriving.engine import Engine
from pipelines.embedding.model import Embedder
from pipelines.embedding.vectors import vectors_of
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets

CHUNK_ROWS = 4096
"""Samples of a commit: what a kill can lose."""


@dataclass(frozen=True)
class DatasetEmbedded:
    """What embedding did for one dataset.

    - embedded: samples computed, equal content counted with its copies; reused: copied from other samples.
    - empty: samples without text, which have no vector.
    - skipped: samples that had their embedding already.
    """

    dataset: str
    samples: int
    embedded: int
    reused: int
    empty: int
    skipped: int


@dataclass(frozen=True)
class EmbedReport:
    """What embedding did: by which model in which revision, for which datasets."""

    model: str
    revision: str
    datasets: tuple[DatasetEmbedded, ...]
    seconds: float

    @property
    def rows_per_second(self) -> float | None:
        """Samples embedded per second; None when nothing was."""
        embedded = sum(dataset.embedded for dataset in self.datasets)
        return embedded / self.seconds if embedded and self.seconds else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model,
            "revision": self.revision,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "datasets": [asdict(dataset) for dataset in self.datasets],
        }


def embed(
    lake: Lake,
    *,
    datasets: Iterable[str] | None = None,
    model: str | None = None,
    chunk_rows: int | None = None,
    progress: Progress | None = None,
) -> EmbedReport:
    """Give every sample of these datasets (default: all) a vector of the model (default: that of the settings).

    Raises UnknownNameError for a dataset that does not exist, and OdaError for a model that cannot be had.
    """
    progress = progress or Silent()
    chosen = select_datasets(lake, datasets)
    started = time.monotonic()
    embedder = Embedder.find(model or lake.settings.embedding_model, threads=lake.settings.threads)
    producer = vectors_of(embedder, chunk_rows=chunk_rows or CHUNK_ROWS)
    with translated_errors(lake.settings), lake.second_reader() as reader:
        tally = Engine(lake, reader, producer, progress).bring_up_to_date(chosen)
        sizes = dict(lake.rows("select dataset, count(*) from samples group by dataset"))
    reports = []
    for dataset in chosen:
        made, reused, empty = (counts[dataset, embedder.name] for counts in (tally.made, tally.copied, tally.empty))
        samples = sizes.get(dataset, 0)
        reports.append(DatasetEmbedded(dataset, samples, made - empty, reused, empty, samples - made - reused))
    return EmbedReport(embedder.name, embedder.revision, tuple(reports), time.monotonic() - started)
