"""Verification: the exact Jaccard index of every candidate pair, in blocks of texts that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection, Lake
from pipelines.deduping.candidates import Candidates
from pipelines.deduping.clusters import components
from pipelines.deduping.parameters import Matching, Signing, banding, permutations
from pipelines.deduping.texts import BATCH_ROWS, on_all_cores, texts_of, write_hashes
from pipelines.progress import Progress

BLOCK_HASHES = 300_000_000
"""Shingle hashes held at a time, four bytes each."""

Longs = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Verified pairs, the earlier sample first.

    - similarity: exact Jaccard index, or the cosine where meanings are compared; only the first have the rest.
    """

    left: Longs
    right: Longs
    similarity: npt.NDArray[np.float32]
    estimate: npt.NDArray[np.float32] | None = None
    bands: npt.NDArray[np.int32] | None = None


def verify(
    lake: Lake,
    signing: Signing,
    matching: Matching,
    candidates: Candidates,
    progress: Progress,
    *,
    block_hashes: int = BLOCK_HASHES,
) -> Pairs:
    """The candidates whose exact Jaccard index reaches the threshold."""
    progress.start("verify", len(candidates.left), "pairs")
    kept = []
    if len(candidates.left):
        nodes, places = np.unique(np.concatenate([candidates.left, candidates.right]), return_inverse=True)
        left, right = np.split(places.astype(np.int64), 2)
        sizes = _sizes(lake.connection, nodes)
        with lake.second_reader() as second:
            for chosen in blocks(left, right, sizes, block_hashes):
                texts = _Texts(lake, second, signing, nodes, sizes)
                kept.append(_verified(texts, matching, left[chosen], right[chosen]))
                progress.advance(len(chosen))
    progress.finish()
    if not kept:
        empty = np.empty(0, np.int64)
        return Pairs(empty, empty, empty.astype(np.float32), empty.astype(np.float32), empty.astype(np.int32))
    return Pairs(*(np.concatenate(column) for column in zip(*kept, strict=True)))


def blocks(left: Longs, right: Longs, sizes: Longs, budget: int) -> Iterator[Longs]:
    """Pairs cut so that the texts of a block fit the budget; texts that hang together stay together where they fit."""
    labels = components(len(sizes), left, right)
    order = np.lexsort((right, left, labels[left]))
    weights = np.bincount(labels, weights=sizes).astype(np.int64)
    # A component that does not fit is cut by pairs, and texts of several of them are read again.
    alone = weights[labels[left[order]]] > budget
    cost = np.where(alone, sizes[left[order]] + sizes[right[order]], 0)
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = labels[left[order]][1:] != labels[left[order]][:-1]
    cost[first & ~alone] = weights[labels[left[order]]][first & ~alone]
    ends = np.cumsum(cost)
    start = 0
    while start < len(order):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + budget, side="right")), start + 1)
        while end < len(order) and not alone[end] and not first[end]:
            end += 1  # never inside a component that fits
        yield order[start:end]
        start = end


def _sizes(connection: Connection, nodes: Longs) -> Longs:
    connection.register("verified_nodes", pa.table({"sample_id": nodes}))
    found = connection.execute(
        "select shingles from compared semi join verified_nodes using (sample_id) order by sample_id"
    ).fetchnumpy()["shingles"]
    connection.unregister("verified_nodes")
    return np.asarray(found, dtype=np.int64)


class _Texts(NamedTuple):
    """Where the texts of nodes are: their sample ids and how many shingles each has."""

    lake: Lake
    second: Connection
    signing: Signing
    nodes: Longs
    sizes: Longs


def _verified(texts: _Texts, matching: Matching, left: Longs, right: Longs) -> Pairs:
    from scorers.kernels.shingles import agreement, jaccard, signatures_of  # late: numba

    lake, second, signing, nodes, sizes = texts
    used, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    first, later = np.split(places.astype(np.int64), 2)
    ids = nodes[used]
    edges = np.zeros(len(used) + 1, dtype=np.int64)
    np.cumsum(sizes[used], out=edges[1:])
    hashes = np.empty(edges[-1], dtype=np.uint32)
    lanes = np.empty((signing.permutations // 8, len(used)), dtype=np.uint64)

    chosen = permutations(signing.permutations, signing.seed)

    def take(batch: pa.RecordBatch) -> int:
        rows = np.searchsorted(ids, batch.column("sample_id").to_numpy())
        write_hashes(batch.column("text"), signing, edges[rows], hashes)
        lanes[:, rows] = signatures_of(hashes, edges[rows], edges[rows + 1], *chosen)
        return len(rows)

    if sum(on_all_cores(texts_of(second, signing.view, ids), take, lake.settings.threads)) != len(used):
        raise AssertionError("samples that are signed are in the lake")
    bands, rows = banding(matching.threshold, signing.permutations)
    exact = np.empty(len(first), np.float32)
    equal, shared = np.empty((2, len(first)), np.int64)

    def compare(part: slice) -> int:
        exact[part] = jaccard(hashes, edges, first[part], later[part])
        equal[part], shared[part] = agreement(lanes, first[part], later[part], rows, bands)
        return len(exact[part])

    parts = (slice(start, start + BATCH_ROWS) for start in range(0, len(first), BATCH_ROWS))
    compared = sum(on_all_cores(parts, compare, lake.settings.threads))
    assert compared == len(first)
    estimate = np.maximum(0, (equal / signing.permutations - 1 / 256) / (1 - 1 / 256)).astype(np.float32)
    kept = exact >= np.float32(matching.threshold)
    return Pairs(nodes[left[kept]], nodes[right[kept]], exact[kept], estimate[kept], shared[kept].astype(np.int32))
