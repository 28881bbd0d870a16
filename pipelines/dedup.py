"""Near-duplicates: sign what is new, find candidates by band, verify each exactly, cluster, name the survivors.

Nothing is deleted: the relation `near_duplicates` says which sample stands for which, how similar they are and why.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from lake.catalog import Connection, Lake
from lake.errors import UnknownNameError, UsageError
from lake.failures import translated_errors
from pipelines.deduping.candidates import find_candidates, load_copies, view_signatures
from pipelines.deduping.clusters import ClusterMembers, survivors
from pipelines.deduping.commit import State, commit, last_run, newer_than, order_of_survivors, stored_pairs
from pipelines.deduping.embedded import load_embedded, similar_pairs
from pipelines.deduping.parameters import EMBEDDED, EmbeddingComparison, Matching, Signing, as_dict
from pipelines.deduping.reports import DedupPlan, DedupReport, curve, flags, largest, loss
from pipelines.deduping.sign import sign_pending, unsigned
from pipelines.deduping.texts import load_kernels
from pipelines.deduping.verify import Pairs, verify
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets
from scorers.installed import installed


def plan(lake: Lake, signing: Signing | None = None, matching: Matching | None = None) -> DedupPlan:
    """What `dedup` would do with the same arguments; runs nothing."""
    signing, matching = signing or Signing(), matching or Matching()
    _check_preferences(lake, matching)
    view_signatures(lake.connection, signing)
    state = State.read(lake.connection)
    return DedupPlan(
        parameters=as_dict(signing, matching),
        curve=curve(matching.threshold, signing.permutations),
        signed=state.samples,
        to_sign=unsigned(lake, signing),
        incremental=newer_than(lake.connection, signing, matching, state) >= 0,
    )


def dedup(
    lake: Lake,
    signing: Signing | None = None,
    matching: Matching | None = None,
    *,
    progress: Progress | None = None,
) -> DedupReport:
    """Find the near-duplicates of all training samples in a view of their texts, doing only what is not done yet.

    Raises UnknownNameError for a preferred dataset or axis that does not exist.
    """
    signing, matching, progress = signing or Signing(), matching or Matching(), progress or Silent()
    _check_preferences(lake, matching)
    seconds: dict[str, float] = {}
    connection = lake.connection
    with translated_errors(lake.settings):
        with _timed(seconds, "load"):
            load_kernels(signing)
        with _timed(seconds, "sign"):
            signed = sign_pending(lake, signing, progress)
        with _timed(seconds, "candidates"):
            view_signatures(connection, signing)
            state = State.read(connection)
            copies = load_copies(connection)
            before = last_run(connection, signing.view)
            since = newer_than(connection, signing, matching, state)
            candidates = find_candidates(lake, signing, matching, progress, newer_than=since)
        with _timed(seconds, "verify"):
            pairs = verify(lake, signing, matching, candidates, progress)
        report = DedupReport(
            view=signing.view,
            parameters=as_dict(signing, matching),
            curve=curve(matching.threshold, signing.permutations),
            incremental=since >= 0,
            signed=signed,
            compared=state.samples,
            copies=copies,
            candidates=len(candidates.left),
            hot=candidates.hot,
            seconds=seconds,
        )
        return _concluded(lake, report, matching, state, pairs, continues=before if since >= 0 else None)


def dedup_by_embedding(
    lake: Lake, meaning: EmbeddingComparison | None = None, *, progress: Progress | None = None
) -> DedupReport:
    """Find the training samples whose embeddings point the same way; compares those that have one.

    Raises UsageError where no sample has an embedding, and UnknownNameError for a preferred dataset or axis that does
    not exist.
    """
    meaning, progress = meaning or EmbeddingComparison(), progress or Silent()
    meaning = replace(meaning, model=meaning.model or lake.settings.embedding_model)
    _check_preferences(lake, meaning)
    seconds: dict[str, float] = {}
    connection = lake.connection
    with translated_errors(lake.settings):
        with _timed(seconds, "read"):
            revision, missing = load_embedded(connection, meaning.model)
            state = State.read(connection)
            copies = load_copies(connection)
        try:
            with _timed(seconds, "compare"):
                pairs, crowded, undirected = similar_pairs(lake, meaning, revision, progress)
            notes = []
            if missing:
                of = f"{missing:,} of {missing + state.samples:,} samples"
                notes.append(f"not embedded by {meaning.model}, so not compared: {of}")
            if undirected:
                notes.append(f"the embedding has no direction, so not compared: {undirected:,} samples")
            if crowded:
                notes.append(f"of more than {meaning.most} neighbours the closest were kept: {crowded:,} samples")
            report = DedupReport(
                view=EMBEDDED,
                parameters={"view": EMBEDDED, **asdict(meaning), "revision": revision},
                compared=state.samples,
                copies=copies,
                candidates=len(pairs.left),
                flags=tuple(notes),
                seconds=seconds,
            )
            return _concluded(lake, report, meaning, state, pairs)
        finally:
            connection.execute("drop table temp.compared")


def _check_preferences(lake: Lake, matching: Matching | EmbeddingComparison) -> None:
    """Refuse preferences that would decide nothing: unknown datasets, an axis that no sample has a score on."""
    if matching.prefer:
        select_datasets(lake, matching.prefer)
    scored = {str(axis) for (axis,) in lake.rows("select distinct axis from scores where value is not null")}
    if not matching.axis or matching.axis in scored:
        return
    if matching.axis not in (known := installed(lake.settings).axes()):
        raise UnknownNameError.of("axis", matching.axis, {*known, *scored})
    raise UsageError(
        f"No sample has a score on {matching.axis}.", hint=f"Score first: oda score --axes {matching.axis}"
    ).about(matching.axis)


def _concluded(
    lake: Lake,
    report: DedupReport,
    matching: Matching | EmbeddingComparison,
    state: State,
    pairs: Pairs,
    *,
    continues: Any = None,
) -> DedupReport:
    """Cluster, name the survivors, commit; returns the report with what came out."""
    connection, seconds = lake.connection, report.seconds
    with _timed(seconds, "cluster"):
        members, edges = _clusters(connection, report, matching, pairs)
    clusters = len(np.unique(members.clusters))
    report = replace(report, pairs=edges, clusters=clusters, excluded=len(members.samples))
    with _timed(seconds, "commit"):
        commit(
            lake,
            report.view,
            report.parameters,
            state=state,
            pairs=pairs,
            continues=continues,
            members=members,
            report=report.as_dict(),
        )
    connection.execute("drop table temp.copies")
    losses, biggest = loss(connection, report.view), largest(connection, report.view)
    found = (*report.flags, *flags(losses, biggest, report.hot))
    return replace(report, loss=losses, largest=biggest, flags=found)


def _clusters(
    connection: Connection, report: DedupReport, matching: Matching | EmbeddingComparison, pairs: Pairs
) -> tuple[ClusterMembers, int]:
    """Who stands for whom, and how many verified pairs say so, those that the lake holds included where they stand."""
    left, right, similarity = pairs.left, pairs.right, pairs.similarity
    if report.incremental:
        before = stored_pairs(connection, report.view)
        left, right, similarity = (
            np.concatenate([old, new]) for old, new in zip(before, (left, right, similarity), strict=True)
        )
    found = connection.execute("select sample_id, leader_id from copies order by sample_id").fetchnumpy()
    copied, leader = (np.asarray(found[name], dtype=np.int64) for name in ("sample_id", "leader_id"))
    linked = np.unique(np.concatenate([left, right, copied, leader]))
    ordered = order_of_survivors(connection, linked, matching)
    leaders = ordered.copy()
    if len(copied):
        places = np.minimum(np.searchsorted(copied, ordered), len(copied) - 1)
        is_copy = copied[places] == ordered
        leaders[is_copy] = leader[places[is_copy]]
    return survivors(ordered, leaders, left, right, similarity, star=matching.method == "star"), len(left)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[part] = round(time.monotonic() - began, 3)
