"""Clusters of verified pairs and their survivors, as arrays; the same for any order in which pairs were found."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

REASONS = ("exact", "near", "chain")


class ClusterMembers(NamedTuple):
    """Samples that another one stands for: who, the survivor, similarity (NaN for a chain), index of the reason."""

    samples: Longs
    survivors: Longs
    clusters: Longs
    similarity: Floats
    reasons: npt.NDArray[np.int8]


def components(n: int, left: Longs, right: Longs) -> Longs:
    """The number of its connected component for each of n nodes."""
    from scorers.kernels.components import connected  # late: numba

    return np.unique(connected(n, left.astype(np.int64), right.astype(np.int64)), return_inverse=True)[1]


def survivors(
    ordered: Longs, leaders: Longs, left: Longs, right: Longs, jaccard: Floats, *, star: bool
) -> ClusterMembers:
    """Who stands for whom.

    - ordered: the samples of all clusters, by preference; leaders: for each the first sample with its text.
    - left, right, jaccard: verified pairs of leaders, as sample ids.
    - star: every member's text must match its survivor's; else whoever is linked is in the cluster.
    """
    nodes, node_of = np.unique(leaders, return_inverse=True)
    n = len(nodes)
    best = np.full(n, len(ordered), dtype=np.int64)
    np.minimum.at(best, node_of, np.arange(len(ordered)))
    a, b = np.searchsorted(nodes, left), np.searchsorted(nodes, right)
    head = _stars(best, a, b) if star else _heads(best, components(n, a, b))
    direct = _direct(head, a, b, jaccard)
    chosen = ordered[best[head[node_of]]]
    members = chosen != ordered
    samples, clusters = ordered[members], _smallest(ordered, head[node_of])[members]
    node, top = node_of[members], head[node_of[members]]
    similarity = np.where(node == top, np.float32(1), direct[node]).astype(np.float32)
    reasons = np.where(node == top, 0, np.where(np.isnan(similarity), 2, 1)).astype(np.int8)
    order = np.argsort(samples)
    return ClusterMembers(samples[order], chosen[members][order], clusters[order], similarity[order], reasons[order])


def _heads(best: Longs, labels: Longs) -> Longs:
    """For each node the one of its component that is preferred."""
    order = np.argsort(best, kind="stable")
    _, first = np.unique(labels[order], return_index=True)
    return order[first][labels]


def _stars(best: Longs, a: Longs, b: Longs) -> Longs:
    """By preference, a node that nobody has taken takes the neighbours that nobody has taken."""
    from scorers.kernels.stars import take_neighbours  # late: numba

    n = len(best)
    ends = np.concatenate([a, b])
    order = np.argsort(ends, kind="stable")
    edges = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=n), out=edges[1:])
    return np.asarray(take_neighbours(np.argsort(best, kind="stable"), edges, np.concatenate([b, a])[order]))


def _direct(head: Longs, a: Longs, b: Longs, jaccard: Floats) -> Floats:
    """The Jaccard index of each node with its head where they are a pair, else NaN."""
    found = np.full(len(head), np.nan, dtype=np.float32)
    to_b, to_a = head[a] == b, head[b] == a
    found[a[to_b]] = jaccard[to_b]
    found[b[to_a]] = jaccard[to_a]
    return found


def _smallest(samples: Longs, heads: Longs) -> Longs:
    least = np.full(int(heads.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, heads, samples)
    return least[heads]
