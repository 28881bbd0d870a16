"""Recall, measured: a random sample of texts against all others without bands, and how many pairs the lake has."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import UsageError
from pipelines.deduping.candidates import load_copies, view_signatures
from pipelines.deduping.embedded import load_embedded, sample_ids
from pipelines.deduping.parameters import EMBEDDED, SIGNING_FIELDS, Signing
from pipelines.deduping.texts import on_all_cores, sign, texts_of, write_hashes
from pipelines.embedding.unit import unit_vectors
from scorers.sets.vectors import tiles

Hashes = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Recall:
    """Pairs of sampled texts that exist at or above a threshold, and how many of them were found."""

    view: str
    threshold: float
    sampled: int
    existing: int
    found: int

    @property
    def share(self) -> float | None:
        """Found / existing; None where nothing exists."""
        return self.found / self.existing if self.existing else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "share": self.share}


def measured_recall(lake: Lake, view: str = "sample", *, sample: int = 500, threshold: float | None = None) -> Recall:
    """Compare a random sample of texts with all texts that were compared, and count the pairs that the lake has.

    - threshold: least Jaccard index of pairs that count; the run's own by default, never below it.

    Raises UsageError where the view was not run yet.
    """
    row = lake.rows('select parameters from dedup_runs where "view" = ?', [view])
    if not row:
        raise UsageError(f"Near-duplicates of {view} were not sought yet.", hint=f"Run: oda dedup --view {view}")
    parameters = json.loads(row[0][0])
    least = max(threshold or 0.0, parameters["threshold"])
    if view == EMBEDDED:
        return _recall_of_embeddings(lake, parameters, sample, least)
    signing = Signing(**{name: parameters[name] for name in SIGNING_FIELDS})
    connection = lake.connection
    view_signatures(connection, signing)
    load_copies(connection)
    found = connection.execute(
        "select sample_id from compared anti join copies using (sample_id) where shingles >= $minimum "
        "order by hash(sample_id), sample_id",
        {"minimum": parameters["minimum"]},
    ).fetchnumpy()["sample_id"]
    ids = np.asarray(found, dtype=np.int64)
    chosen = ids[:sample]
    pairs = _existing(lake, signing, chosen, ids, least) if len(ids) else np.empty((0, 2), np.int64)
    return Recall(view, least, len(chosen), len(pairs), _stored(connection, view, pairs))


def _stored(connection: Connection, view: str, pairs: npt.NDArray[np.int64]) -> int:
    """How many of these pairs the lake has."""
    connection.register("existing_pairs", pa.table({"sample_id": pairs[:, 0], "other_id": pairs[:, 1]}))
    counted = connection.execute(
        "select count(*) from existing_pairs semi join "
        '(from near_duplicate_pairs where "view" = ?) as pairs using (sample_id, other_id)',
        [view],
    ).fetchone()
    connection.unregister("existing_pairs")
    return int(counted[0]) if counted else 0


def _recall_of_embeddings(lake: Lake, parameters: dict[str, Any], sample: int, least: float) -> Recall:
    """The same for embeddings: the cosines of a random sample with all, tile after tile."""
    connection, model, revision = lake.connection, parameters["model"], parameters["revision"]
    load_embedded(connection, model)
    try:
        load_copies(connection)
        ids = sample_ids(connection)
    finally:
        connection.execute("drop table temp.compared")
    chosen = np.sort(np.random.default_rng(1).permutation(len(ids))[:sample])
    pairs = [np.empty((0, 2), np.int64)]
    with unit_vectors(lake, ids, model, revision) as vectors:
        for part in tiles(len(ids)):
            asked, other = np.nonzero(vectors[chosen] @ vectors[part].T >= least)
            both = np.stack([ids[chosen[asked]], ids[part][other]], axis=1)
            pairs.append(np.sort(both[both[:, 0] != both[:, 1]], axis=1))
    existing = np.unique(np.concatenate(pairs), axis=0)
    return Recall(EMBEDDED, least, len(chosen), len(existing), _stored(connection, EMBEDDED, existing))


def _existing(lake: Lake, signing: Signing, chosen: Longs, ids: Longs, threshold: float) -> npt.NDArray[np.int64]:
    """(earlier, later) of all pairs of the chosen with anything, at or above the threshold."""
    from scorers.kernels.overlaps import overlapping  # late: numba

    with lake.second_reader() as second:
        mine, few = np.empty(0, np.int64), []
        for batch in texts_of(second, signing.view, chosen):
            mine = np.concatenate([mine, batch.column("sample_id").to_numpy()])
            few += distinct_hashes(batch.column("text"), signing)
        sizes = np.array([len(part) for part in few], dtype=np.int64)
        flat = np.concatenate(few)
        order = np.argsort(flat, kind="stable")
        keys, starts = np.unique(flat[order], return_index=True)
        starts = np.append(starts, len(flat)).astype(np.int64)
        holders = np.repeat(np.arange(len(few)), sizes)[order]

        def compare(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
            many = distinct_hashes(batch.column("text"), signing)
            edges = np.concatenate([[0], np.cumsum([len(part) for part in many])]).astype(np.int64)
            texts, others, _ = overlapping(np.concatenate(many), edges, keys, starts, holders, sizes, threshold)
            both = np.stack([batch.column("sample_id").to_numpy()[texts], mine[others]], axis=1)
            return np.sort(both[both[:, 0] != both[:, 1]], axis=1)

        parts = list(on_all_cores(texts_of(second, signing.view, ids), compare, lake.settings.threads))
    return np.unique(np.concatenate(parts), axis=0)


def distinct_hashes(texts: pa.Array, signing: Signing) -> list[Hashes]:
    """The distinct shingle hashes of each text."""
    counts = sign(texts, signing)[0]
    edges = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    hashes = np.empty(edges[-1], dtype=np.uint32)
    write_hashes(texts, signing, edges[:-1], hashes)
    return [np.unique(part) for part in np.split(hashes, edges[1:-1])]
