"""The graph of accepted edges: cycles undone by evidence, what a path explains, depths, and who comes from whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]
"""(child, parent)."""


def acyclic(weighted: Mapping[Edge, float]) -> dict[Edge, tuple[str, ...]]:
    """The edges that have to go so that nobody is their own ancestor, each with the path that contradicts it.

    Edges are taken from the strongest evidence on; one that would close a cycle goes. Only those inside a strongly
    connected component can.
    """
    component = _components(weighted)
    inside = [edge for edge in weighted if edge[0] == edge[1] or component[edge[0]] == component[edge[1]]]
    taken: dict[str, list[str]] = {}
    gone: dict[Edge, tuple[str, ...]] = {}
    for child, parent in sorted(inside, key=lambda edge: (-weighted[edge], edge)):
        path = (child,) if child == parent else path_up(taken, parent, child)
        if path:
            gone[child, parent] = path
        else:
            taken.setdefault(child, []).append(parent)
    return gone


def path_up(parents: Mapping[str, Sequence[str]], start: str, goal: str) -> tuple[str, ...]:
    """The shortest way from a dataset up to an ancestor, both included; empty where there is none."""
    came: dict[str, str] = {start: ""}
    level = [start]
    while level and goal not in came:
        above = []
        for node in level:
            for parent in sorted(parents.get(node, ())):
                if parent not in came:
                    came[parent] = node
                    above.append(parent)
        level = above
    if goal not in came:
        return ()
    path = [goal]
    while came[path[-1]]:
        path.append(came[path[-1]])
    return tuple(reversed(path))


@dataclass(frozen=True)
class Shape:
    """What follows from an acyclic graph.

    - order: parents before children.
    - depth: edges of the longest path to a root.
    - ancestors, descendants: how many distinct ones.
    - via: for an edge that a longer path explains, the next dataset on the way.
    """

    order: tuple[str, ...]
    depth: dict[str, int]
    ancestors: dict[str, int]
    descendants: dict[str, int]
    via: dict[Edge, str]


def shape(nodes: Iterable[str], edges: Iterable[Edge]) -> Shape:
    """Depths, numbers of relatives and the transitive reduction of an acyclic graph."""
    names = sorted(set(nodes))
    place = {name: 1 << number for number, name in enumerate(names)}
    parents: dict[str, list[str]] = {name: [] for name in names}
    children: dict[str, list[str]] = {name: [] for name in names}
    for child, parent in sorted(set(edges)):
        parents[child].append(parent)
        children[parent].append(child)
    order = _order(names, parents, children)
    depth: dict[str, int] = {}
    above: dict[str, int] = {}  # sets of ancestors as bits
    for name in order:
        depth[name] = max((depth[parent] + 1 for parent in parents[name]), default=0)
        above[name] = 0
        for parent in parents[name]:
            above[name] |= above[parent] | place[parent]
    below: dict[str, int] = {}
    for name in reversed(order):
        below[name] = 0
        for child in children[name]:
            below[name] |= below[child] | place[child]
    via = {}
    for name in order:
        for parent in parents[name]:
            ways = [other for other in parents[name] if above[other] & place[parent]]
            if ways:
                via[name, parent] = min(ways, key=lambda way: (-depth[way], way))
    ancestors, descendants = ({name: found[name].bit_count() for name in names} for found in (above, below))
    return Shape(tuple(order), depth, ancestors, descendants, via)


def _order(names: list[str], parents: dict[str, list[str]], children: dict[str, list[str]]) -> list[str]:
    waiting = {name: len(parents[name]) for name in names}
    order = [name for name in names if not waiting[name]]
    for name in order:
        for child in children[name]:
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    if len(order) < len(names):
        raise ValueError("the graph has a cycle")
    return order


def _components(edges: Iterable[Edge]) -> dict[str, int]:
    """The number of the strongly connected component of each dataset."""
    import numpy as np
    from scipy.sparse import coo_array  # late: 0.2 s
    from scipy.sparse.csgraph import connected_components

    edges = list(edges)
    names = sorted({name for edge in edges for name in edge})
    if not names:
        return {}
    number = {name: place for place, name in enumerate(names)}
    ends = np.array([[number[child], number[parent]] for child, parent in edges])
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(names), len(names)))
    _, labels = connected_components(matrix.tocsr(), directed=True, connection="strong")
    return {name: int(labels[number[name]]) for name in names}
