"""Everything there is to say of two datasets: the edge, what documents say, what was measured, pairs of samples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.errors import UnknownNameError
from pipelines.tracing.network import Network

Row = dict[str, Any]
PAIRS = 5


@dataclass(frozen=True)
class EdgeExplanation:
    """What there is to say of two datasets.

    - child, parent: as the edge has them, where there is one.
    - edge: the row of `lineage_edges`; None where there is none, for which `verdict` says why.
    - path: the shortest way along edges of the graph.
    - claims: statements of documents on it, refused ones too; shared: measures of overlap, both ways.
    - pairs: samples with the same content or prompt, and how many there are.
    """

    child: str
    parent: str
    verdict: str
    edge: Row | None
    path: tuple[str, ...]
    claims: tuple[Row, ...]
    shared: tuple[Row, ...]
    pairs: tuple[Row, ...]
    pairs_in_all: int

    def as_dict(self) -> Row:
        """Plain values."""
        return asdict(self)


_CLAIMS = """
select child, parent, mention, relation, "use", confidence, certainty, quote, place, reader, outcome, reason
from lineage_claims
where child = $child and parent = $parent or child = $parent and parent = $child
order by outcome, confidence desc, reader, mention
"""

_SHARED = """
select dataset, other, measure, rows, found, containment, jaccard
from dataset_overlaps
where dataset = $child and other = $parent or dataset = $parent and other = $child
order by measure, dataset = $parent
"""

_PAIRS = """
select sample_id, other_id, alike, instruction, response, other_response
from sample_pairs
where dataset = $child and other = $parent
order by alike, sample_id, other_id
limit $limit
"""


def explain_edge(lake: Lake, one: str, other: str, *, pairs: int = PAIRS) -> EdgeExplanation:
    """What connects two datasets, in whichever order they are given.

    Raises UnknownNameError for a dataset that is neither in the lake nor in its lineage.
    """
    network = Network.of(lake)
    known = {row[0] for row in lake.rows("select dataset from datasets")} | network.nodes.keys()
    for name in (one, other):
        if name not in known:
            raise UnknownNameError.of("dataset", name, known)
    edge = network.edge(one, other) or network.edge(other, one)
    child, parent = (edge["child"], edge["parent"]) if edge else (one, other)
    both = {"child": child, "parent": parent}
    claims = lake.query(_CLAIMS, both).to_pylist()
    shared = lake.query(_SHARED, both).to_pylist()
    count = lake.rows("select count(*) from sample_pairs where dataset = $child and other = $parent", both)[0][0]
    path = tuple(network.path(child, parent))
    return EdgeExplanation(
        child=child,
        parent=parent,
        verdict=_of_edge(edge) if edge else _of_none(child, parent, path, claimed=bool(claims), shared=bool(shared)),
        edge=edge,
        path=path,
        claims=tuple(claims),
        shared=tuple(shared),
        pairs=tuple(lake.query(_PAIRS, {**both, "limit": pairs}).to_pylist()),
        pairs_in_all=int(count),
    )


def _of_edge(edge: Row) -> str:
    name = edge["relation"].replace("_", " ")
    sentence = f"{edge['child']} comes from {edge['parent']} ({name}): {edge['verdict']}, "
    sentence += f"confidence {edge['confidence']:.2f}."
    if edge["reason"]:
        return f"{sentence} It does not count: {edge['reason']}."
    return f"{sentence} {edge['via']} explains it." if edge["via"] else sentence


def _of_none(child: str, parent: str, path: tuple[str, ...], *, claimed: bool, shared: bool) -> str:
    """Why there is no edge between two datasets."""
    if path:
        way = ", ".join(path[1:-1])
        return f"{path[0]} comes from {path[-1]} by way of {way}; there is no edge between the two."
    if claimed:
        return f"There is no edge between {child} and {parent}: what documents say of them does not suffice."
    if shared:
        return f"There is no edge between {child} and {parent}: they share something, but too little."
    return f"Nothing connects {child} and {parent}."
