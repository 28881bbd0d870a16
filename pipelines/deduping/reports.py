"""What planning and finding near-duplicates say: plain values, for people, JSON and asset metadata."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from lake.catalog import Connection
from lake.relations import run
from pipelines.deduping.candidates import HotBucket
from pipelines.deduping.parameters import banding, probability

GIANT_MEMBERS, GIANT_SHARE = 1_000, 0.01
LOSS_SHARE = 0.5

_CURVE = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def curve(threshold: float, permutations: int) -> dict[float, float]:
    """Jaccard index -> how likely a pair of that index becomes a candidate."""
    return {value: round(probability(value, *banding(threshold, permutations)), 4) for value in _CURVE}


@dataclass(frozen=True)
class DedupPlan:
    """What a run would do; nothing was run.

    - to_sign: dataset -> samples without signature; signed: samples that have one.
    - incremental: whether only pairs with new samples would be sought.
    """

    parameters: dict[str, Any]
    curve: dict[float, float]
    signed: int
    to_sign: dict[str, int]
    incremental: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class DatasetLoss:
    """What a dataset loses: samples excluded, by reason, and how many of them to survivors of its own."""

    dataset: str
    samples: int
    excluded: int
    exact: int
    near: int
    chain: int
    inside: int
    share: float


@dataclass(frozen=True)
class Cluster:
    """A cluster: members include the survivor; least is the smallest known similarity with it."""

    cluster: int
    survivor_id: int
    survivor_dataset: str
    members: int
    datasets: int
    least: float | None
    chained: int


@dataclass(frozen=True)
class DedupReport:
    """What was found.

    - signed: samples signed by this run; compared: samples that take part.
    - copies: exact duplicates; candidates: pairs this run verified; pairs: all verified pairs of the view.
    - clusters, excluded: clusters, and samples that another one stands for.
    - flags: what to look at before anything is excluded.
    """

    view: str
    parameters: dict[str, Any]
    compared: int
    copies: int
    candidates: int
    seconds: dict[str, float]
    curve: dict[float, float] = field(default_factory=dict)
    incremental: bool = False
    signed: int = 0
    pairs: int = 0
    clusters: int = 0
    excluded: int = 0
    loss: tuple[DatasetLoss, ...] = ()
    largest: tuple[Cluster, ...] = ()
    hot: tuple[HotBucket, ...] = ()
    flags: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def loss(connection: Connection, view: str) -> tuple[DatasetLoss, ...]:
    """What each dataset loses in the view's last run."""
    return tuple(DatasetLoss(*row) for row in run(connection, "dedup_loss", view=view).fetchall())


def largest(connection: Connection, view: str) -> tuple[Cluster, ...]:
    """The largest clusters of the view's last run."""
    return tuple(Cluster(*row) for row in run(connection, "dedup_clusters", view=view).fetchall())


def flags(
    losses: tuple[DatasetLoss, ...], clusters: tuple[Cluster, ...], hot: tuple[HotBucket, ...]
) -> tuple[str, ...]:
    """What to look at before anything is excluded: giant clusters, heavy losses, buckets that were cut."""
    found = []
    limit = max(GIANT_MEMBERS, GIANT_SHARE * sum(item.samples for item in losses))
    for cluster in clusters:
        if cluster.members > limit:
            chained = f", {cluster.chained:,} of them linked only through others" if cluster.chained else ""
            found.append(f"cluster {cluster.cluster} has {cluster.members:,} members{chained}")
    found += [
        f"{item.dataset} loses {item.share:.0%}: {item.excluded:,} of {item.samples:,} samples"
        for item in losses
        if item.share > LOSS_SHARE
    ]
    if hot:
        left_out = sum(bucket.left_out for bucket in hot)
        found.append(f"{len(hot)} buckets of boilerplate were cut; {left_out:,} of their pairs were not compared")
    return tuple(found)
