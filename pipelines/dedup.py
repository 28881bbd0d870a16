"""Near-duplicates: sign what is new, find candidates by band, verify each exactly, cluster, name the survivors.

Nothing is deleted: the relation `near_duplicates` says which sample stands for which, how similar they are and why.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from lake.catalog import Connection, Lake, translated_errors
from pipelines.deduping.candidates import find_candidates, load_copies, view_signatures
from pipelines.deduping.clusters import Members, survivors
from pipelines.deduping.commit import State, commit, newer_than, order_of_survivors, stored_pairs
from pipelines.deduping.parameters import Matching, Signing, as_dict
from pipelines.deduping.reports import DedupPlan, DedupReport, curve, flags, largest, loss
from pipelines.deduping.sign import pending, sign_pending
from pipelines.deduping.verify import Pairs, verify
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets


def plan(lake: Lake, signing: Signing | None = None, matching: Matching | None = None) -> DedupPlan:
    """What `dedup` would do with the same arguments; runs nothing."""
    signing, matching = signing or Signing(), matching or Matching()
    view_signatures(lake.connection, signing)
    state = State.read(lake.connection)
    return DedupPlan(
        parameters=as_dict(signing, matching),
        curve=curve(matching.threshold, signing.permutations),
        signed=state.samples,
        to_sign=dict(pending(lake, signing)),
        incremental=newer_than(lake.connection, signing, matching, state) >= 0,
    )


def dedup(
    lake: Lake,
    signing: Signing | None = None,
    matching: Matching | None = None,
    *,
    progress: Progress | None = None,
) -> DedupReport:
    """Find the near-duplicates of all training samples in a view, doing only what is not done yet.

    Raises UnknownNameError for a preferred dataset that does not exist.
    """
    signing, matching, progress = signing or Signing(), matching or Matching(), progress or Silent()
    if matching.prefer:
        select_datasets(lake, matching.prefer)
    seconds: dict[str, float] = {}
    connection = lake.connection
    with translated_errors(lake.settings):
        with _timed(seconds, "sign"):
            signed = sign_pending(lake, signing, progress)
        with _timed(seconds, "candidates"):
            view_signatures(connection, signing)
            state = State.read(connection)
            copies = load_copies(connection)
            since = newer_than(connection, signing, matching, state)
            candidates = find_candidates(lake, signing, matching, progress, newer_than=since)
        with _timed(seconds, "verify"):
            pairs = verify(lake, signing, matching, candidates, progress)
        with _timed(seconds, "cluster"):
            members, edges = _clusters(connection, signing, matching, pairs, keep=since >= 0)
        report = DedupReport(
            view=signing.view,
            parameters=as_dict(signing, matching),
            curve=curve(matching.threshold, signing.permutations),
            incremental=since >= 0,
            signed=signed,
            compared=state.samples,
            copies=copies,
            candidates=len(candidates.left),
            pairs=edges,
            clusters=len(np.unique(members.clusters)),
            excluded=len(members.samples),
            loss=(),
            largest=(),
            hot=candidates.hot,
            flags=(),
            seconds=seconds,
        )
        with _timed(seconds, "commit"):
            commit(
                lake,
                signing,
                matching,
                state=state,
                pairs=pairs,
                keep_pairs=since >= 0,
                members=members,
                report=report.as_dict(),
            )
        connection.execute("drop table temp.copies")
    losses, clusters = loss(connection, signing.view), largest(connection, signing.view)
    return replace(report, loss=losses, largest=clusters, flags=flags(losses, clusters, candidates.hot))


def _clusters(
    connection: Connection, signing: Signing, matching: Matching, pairs: Pairs, *, keep: bool
) -> tuple[Members, int]:
    """Who stands for whom, and how many verified pairs say so; `keep` adds the pairs the lake holds."""
    left, right, jaccard = pairs.left, pairs.right, pairs.jaccard
    if keep:
        before = stored_pairs(connection, signing.view)
        left, right, jaccard = (
            np.concatenate([old, new]) for old, new in zip(before, (left, right, jaccard), strict=True)
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
    return survivors(ordered, leaders, left, right, jaccard, star=matching.method == "star"), len(left)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[part] = round(time.monotonic() - began, 3)
