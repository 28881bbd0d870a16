"""Texts of the lake as the kernels want them: streamed, in NFKC, hashed on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lake.catalog import Connection
from lake.relations import run
from pipelines.deduping.parameters import Signing, permutations
from scorers.derived.buffers import Buffers, buffers
from scorers.derived.shingle_classes import tables

BATCH_ROWS = 8192

Longs = npt.NDArray[np.int64]
Lanes = npt.NDArray[np.uint64]
Hashes = npt.NDArray[np.uint32]
B = TypeVar("B")
T = TypeVar("T")


def texts_of(connection: Connection, view: str, ids: Longs) -> Iterator[pa.RecordBatch]:
    """The texts of samples in a view, in batches: sample_id, dataset, text."""
    connection.register("wanted_nodes", pa.table({"sample_id": ids}))
    yield from run(connection, "view_texts", nodes="wanted_nodes", view=view).to_arrow_reader(BATCH_ROWS)
    connection.unregister("wanted_nodes")


def normalised(texts: pa.Array) -> pa.Array:
    """LargeString[n] in NFKC; NULL is an empty text. Folding case and dropping punctuation is the kernel's part."""
    array = texts.cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    data, offsets = buffers(array)
    if data[offsets[0] : offsets[-1]].max(initial=0) < 0x80:
        return array
    others = pc.invert(pc.string_is_ascii(array))
    return pc.replace_with_mask(array, others, pc.utf8_normalize(array.filter(others), "NFKC"))


def sign(texts: pa.Array, signing: Signing) -> tuple[Longs, Lanes, Lanes]:
    """Shingles[n], whole-text hashes[n] (0 for an empty text) and lanes[permutations / 8, n] of texts."""
    from scorers.kernels.shingles import signatures  # late: numba

    data, offsets = contiguous(buffers(normalised(texts)))
    chosen = permutations(signing.permutations, signing.seed)
    return signatures(data, offsets, *tables(), signing.ngram, signing.characters, *chosen)


def write_hashes(texts: pa.Array, signing: Signing, places: Longs, hashes: Hashes) -> None:
    """Write the shingle hashes of text i from `hashes[places[i]]` on."""
    from scorers.kernels.shingles import shingle_hashes  # late: numba

    data, offsets = contiguous(buffers(normalised(texts)))
    shingle_hashes(data, offsets, *tables(), signing.ngram, signing.characters, places, hashes)


def load_kernels(signing: Signing) -> None:
    """Have the kernels of signing and comparing at hand: loaded, or compiled where nobody used them yet.

    Two threads that do it at once hinder each other; one that does it before they start takes half the time.
    """
    from scorers.kernels.shingles import agreement, jaccard, signatures_of  # late: numba

    nothing, places, hashes = pa.array([], pa.large_string()), np.empty(0, np.int64), np.empty(0, np.uint32)
    _, _, lanes = sign(nothing, signing)
    write_hashes(nothing, signing, places, hashes)
    signatures_of(hashes, places, places, *permutations(signing.permutations, signing.seed))
    jaccard(hashes, places, places, places)
    agreement(lanes, places, places, 1, 1)


def contiguous(texts: Buffers) -> Buffers:
    """An empty array has no bytes at all; kernels want an array nevertheless."""
    return texts if len(texts.data) else Buffers(np.frombuffer(b"\0", np.uint8), texts.offsets)


def on_all_cores(batches: Iterable[B], work: Callable[[B], T], threads: int) -> Iterator[T]:
    """Results of batches as they are done, at most two per core at a time."""
    running: set[Future[T]] = set()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="dedup")
    try:
        for batch in batches:
            running.add(pool.submit(work, batch))
            if len(running) >= 2 * threads:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(cancel_futures=True)
