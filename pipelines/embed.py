"""Embedding: what is pending is samples minus embeddings of the model, so a crash and new rows are one query.

A run works through each dataset in windows, copies the vectors that equal content has anywhere in the lake, embeds the
rest, and commits. Killed, it continues where the last commit was. Other weights under the same name replace vectors.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.embedding.model import Embedder
from pipelines.embedding.window import Embedding
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets
from pipelines.scoring.window import windows

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
    reports = []
    with translated_errors(lake.settings), lake.second_reader() as reader:
        for dataset in chosen:
            todo = windows(lake, dataset, chunk_rows or CHUNK_ROWS)
            samples = sum(window.samples for window in todo)
            work = Embedding(lake, reader, embedder, progress.advance)
            progress.start(f"embed {dataset}", samples, "samples")
            for window in todo:
                work.bring_up_to_date(window)
            progress.finish()
            skipped = samples - work.embedded - work.reused - work.empty
            reports.append(DatasetEmbedded(dataset, samples, work.embedded, work.reused, work.empty, skipped))
    return EmbedReport(embedder.name, embedder.revision, tuple(reports), time.monotonic() - started)
