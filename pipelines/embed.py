"""Embedding: the stored derived relation `embeddings`, a vector per sample and model.

Other weights under the same name replace vectors.
"""

from __future__ import annotations

from collections.abc import Iterable

from lake.catalog import Lake
from pipelines.derive import derive
from pipelines.deriving.reports import DeriveReport
from pipelines.embedding.model import Embedder
from pipelines.embedding.vectors import CHUNK_ROWS, vectors_of
from pipelines.progress import Progress


def embed(
    lake: Lake,
    *,
    datasets: Iterable[str] | None = None,
    model: str | None = None,
    chunk_rows: int | None = None,
    progress: Progress | None = None,
) -> DeriveReport:
    """Give every sample of these datasets (default: all) a vector of the model (default: that of the settings).

    Raises UnknownNameError for a dataset that does not exist, and OdaError for a model that cannot be had.
    """
    embedder = Embedder.find(model or lake.settings.embedding_model, threads=lake.settings.threads)
    producer = vectors_of(embedder, chunk_rows=chunk_rows or CHUNK_ROWS)
    return derive(lake, producer, datasets=datasets, progress=progress)
