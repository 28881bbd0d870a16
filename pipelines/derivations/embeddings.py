"""Embeddings, for axes that read vectors; `oda embed` derives the same."""

from __future__ import annotations

from collections.abc import Sequence

from lake.settings import Settings
from pipelines.deriving.stored import Producer
from pipelines.embedding.model import Embedder
from pipelines.embedding.vectors import CHUNK_ROWS, STORED_VECTORS, vectors_of

STORED = STORED_VECTORS


def kind_of(settings: Settings) -> str:
    """The embedding model of the settings."""
    return settings.embedding_model


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each model; raises OdaError for one that cannot be had."""
    found = [Embedder.find(kind, threads=settings.threads) for kind in kinds]
    return [vectors_of(embedder, chunk_rows=CHUNK_ROWS) for embedder in found]
