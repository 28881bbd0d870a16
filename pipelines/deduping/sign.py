"""Signatures as a stored derived relation: a MinHash signature per training sample and view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from lake.catalog import Lake
from lake.relations import run
from lake.tables import SIGNATURES
from pipelines.deduping.functions import register
from pipelines.deduping.parameters import Signing
from pipelines.deriving.chunk import Chunk
from pipelines.deriving.engine import DerivationEngine
from pipelines.deriving.stored import Derived, Producer, Stored
from pipelines.progress import Progress, Silent

STORED_SIGNATURES = Stored(
    SIGNATURES,
    kind="view",
    version="parameters",
    value="whole",
    supersedes=False,
    row_bytes=200,
    # Signatures look like noise: trying to shrink them costs more than it saves.
    parquet={"compression": "none", "use_dictionary": ["view", "parameters"]},
)

CHUNK_ROWS = 500_000
"""Samples of a commit: what a kill can lose."""


def signatures_of(signing: Signing, *, chunk_rows: int = CHUNK_ROWS) -> Producer:
    """The producer of signatures: one SQL statement a chunk, which calls the kernel on all cores.

    Signing a text takes less than looking for another one like it, so equal content is signed again.
    """

    def derive(chunk: Chunk) -> Iterator[Derived]:
        rows = run(chunk.reader, "signed_texts", **asdict(signing), **chunk.place).to_arrow_table()
        yield Derived(len(rows), [(0, rows)])

    return Producer(
        verb="sign",
        stored=STORED_SIGNATURES,
        wanted=((signing.view, signing.key),),
        derive=derive,
        by_content=False,
        chunk_rows=chunk_rows,
    )


def unsigned(lake: Lake, signing: Signing) -> dict[str, int]:
    """Training datasets with samples that have no signature of these parameters, and how many."""
    with _engine(lake, signing, Silent()) as (engine, training):
        return engine.pending(training)


def sign_pending(lake: Lake, signing: Signing, progress: Progress, chunk_rows: int = CHUNK_ROWS) -> int:
    """Give every training sample a signature; returns how many were signed."""
    with _engine(lake, signing, progress, chunk_rows) as (engine, training):
        return engine.bring_up_to_date(training).samples


@contextmanager
def _engine(
    lake: Lake, signing: Signing, progress: Progress, chunk_rows: int = CHUNK_ROWS
) -> Iterator[tuple[DerivationEngine, list[str]]]:
    """The engine of a signing, and the datasets whose samples are signed."""
    training = [row[0] for row in lake.rows("select dataset from datasets where kind = 'train' order by dataset_no")]
    with lake.second_reader() as reader:
        register(reader)
        yield DerivationEngine(lake, reader, signatures_of(signing, chunk_rows=chunk_rows), progress), training
