"""The lineage as it stands in the lake, read for people and programs: neighbourhoods, trees, paths, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from lake.catalog import Lake
from lake.errors import UnknownNameError
from pipelines.tracing.graph import path_up

Row = dict[str, Any]
Direction = Literal["parents", "children"]


@dataclass(frozen=True)
class Branch:
    """A dataset of a tree and the edge that leads to it.

    - folded: edges beyond it that the depth cuts off; seen: whether it stands elsewhere in the tree already.
    """

    dataset: str
    edge: Row
    branches: tuple[Branch, ...] = ()
    folded: int = 0
    seen: bool = False

    def as_dict(self) -> Row:
        """Plain values."""
        return {
            "dataset": self.dataset,
            "edge": self.edge,
            "folded": self.folded,
            "seen": self.seen,
            "branches": [branch.as_dict() for branch in self.branches],
        }


@dataclass(frozen=True)
class Network:
    """Nodes and edges of the lineage, as rows of their relations.

    Pages and files made of it leave the machine: of the sources of datasets only addresses are kept, no local paths.
    """

    nodes: dict[str, Row]
    edges: tuple[Row, ...]

    @classmethod
    def of(cls, lake: Lake) -> Network:
        """What stands in the lake."""
        nodes = lake.query("from lineage_nodes order by dataset").to_pylist()
        for row in nodes:
            row["source"] = row["source"] if "://" in (row["source"] or "") else None
        edges = lake.query("from lineage_edges order by child, parent").to_pylist()
        return cls({row["dataset"]: row for row in nodes}, tuple(edges))

    def check(self, dataset: str) -> str:
        """The dataset itself; raises UnknownNameError with close matches."""
        if dataset not in self.nodes:
            raise UnknownNameError.of("dataset of the lineage", dataset, self.nodes)
        return dataset

    @cached_property
    def _beside(self) -> dict[Direction, dict[str, list[Row]]]:
        found: dict[Direction, dict[str, list[Row]]] = {"parents": {}, "children": {}}
        for edge in self.edges:
            found["parents"].setdefault(edge["child"], []).append(edge)
            found["children"].setdefault(edge["parent"], []).append(edge)
        return found

    def next_to(self, dataset: str, direction: Direction, *, every: bool = False) -> list[Row]:
        """The edges of a dataset: those that count and that no path explains, or every one; the surest first."""
        rows = self._beside[direction].get(dataset, [])
        kept = [row for row in rows if every or (row["counted"] and row["via"] is None)]
        return sorted(kept, key=lambda row: (not row["counted"], -row["confidence"], row[_END[direction]]))

    def tree(self, dataset: str, direction: Direction, depth: int, *, every: bool = False) -> tuple[Branch, ...]:
        """What a dataset comes from, or what comes from it, `depth` edges far; a dataset is unfolded once."""
        seen = {dataset}

        def grow(node: str, left: int) -> tuple[Branch, ...]:
            branches = []
            for edge in self.next_to(node, direction, every=every):
                other = edge[_END[direction]]
                known, ahead = other in seen, len(self.next_to(other, direction, every=every))
                seen.add(other)
                inner = grow(other, left - 1) if left > 1 and not known and edge["counted"] else ()
                folded = 0 if inner or known or not edge["counted"] else ahead
                branches.append(Branch(other, edge, inner, folded, known and bool(ahead)))
            return tuple(branches)

        return grow(dataset, depth) if depth > 0 else ()

    def around(self, dataset: str, depth: int) -> Network:
        """The datasets that a dataset comes from and that come from it, `depth` edges far, and the edges among them."""
        kept = {dataset}
        for direction in ("parents", "children"):
            level = {dataset}
            for _ in range(depth):
                level = {edge[_END[direction]] for node in level for edge in self.next_to(node, direction)} - kept
                kept |= level
        return self.only(kept)

    def only(self, datasets: Iterable[str]) -> Network:
        """These datasets and the edges among them."""
        kept = set(datasets)
        edges = tuple(edge for edge in self.edges if edge["child"] in kept and edge["parent"] in kept)
        return Network({name: row for name, row in self.nodes.items() if name in kept}, edges)

    def path(self, one: str, other: str) -> Sequence[str]:
        """The shortest way from one dataset up to the other, or the other way round; empty where neither exists."""
        above = {
            child: [edge["parent"] for edge in edges if edge["counted"]]
            for child, edges in self._beside["parents"].items()
        }
        return path_up(above, one, other) or path_up(above, other, one)

    def edge(self, child: str, parent: str) -> Row | None:
        """The edge between two datasets."""
        return next((edge for edge in self._beside["parents"].get(child, ()) if edge["parent"] == parent), None)


_END: dict[str, str] = {"parents": "parent", "children": "child"}
