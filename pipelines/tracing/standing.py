"""The lineage as it follows from judged claims and what is measured: rows of edges and nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from lake.catalog import Lake
from lake.relations import keep, run
from lake.tables import LINEAGE_CLAIMS
from pipelines.tracing.graph import Edge, Shape, acyclic, shape
from pipelines.tracing.judged import Judged
from pipelines.tracing.layout import layout
from pipelines.tracing.library import Held
from pipelines.tracing.licences import terms
from pipelines.tracing.names import HUB

Row = dict[str, Any]

_WEIGHT = {"confirmed": 3.0, "declared only": 2.0, "measured only": 1.0, "contradicted": 0.0}
"""Evidence by verdict, confidences below; a person's word is above all."""


def edges(lake: Lake, claims: Sequence[Judged]) -> tuple[list[Row], Shape]:
    """Rows of `lineage_edges`, and the shape of the graph of those that count."""
    connection = lake.connection
    rows = pa.Table.from_pylist([judged.as_row() for judged in claims], schema=LINEAGE_CLAIMS.arrow_schema)
    connection.register("claims", rows)
    try:
        keep(connection, "declared_edges", "declared_edges")
        found = run(connection, "judged_edges").to_arrow_table().to_pylist()
        connection.execute("drop table temp.declared_edges")
    finally:
        connection.unregister("claims")
    for row in found:
        # What only looks alike because both come from a third is no edge of the graph.
        row["counted"] = row["reason"] is None and not (row["verdict"] == "measured only" and row["measured_via"])
        row["via"] = row.pop("measured_via")
    counting = {_edge(row): row for row in found if row["counted"]}
    for edge, path in acyclic({edge: _weight(row) for edge, row in counting.items()}).items():
        row = counting.pop(edge)
        way = " <- ".join(reversed(path)) if len(path) > 1 else "itself"
        row.update(counted=False, verdict="contradicted", reason=f"stronger evidence for {way}")
    formed = shape({name for edge in counting for name in edge}, counting)
    for edge, row in counting.items():
        row["via"] = formed.via.get(edge)
    return found, formed


def _edge(row: Row) -> Edge:
    return row["child"], row["parent"]


def _weight(row: Row) -> float:
    return _WEIGHT[row["verdict"]] + float(row["confidence"]) + (10.0 if row["decision"] == "accept" else 0.0)


def nodes(lake: Lake, found: Sequence[Row], formed: Shape, held: Mapping[str, Held]) -> list[Row]:
    """Rows of `lineage_nodes`: every dataset of the lake and every one that an edge names.

    - held: what there is on datasets: documents, and facts that they state.
    """
    stated = {
        row["dataset"]: row
        for row in lake.query(
            "select dataset, kind, domains, released, license, source, rows from datasets"
        ).to_pylist()
    }
    names = sorted(stated.keys() | {name for row in found for name in _edge(row)})
    counting = [_edge(row) for row in found if row["counted"]]
    depth = {name: formed.depth.get(name, 0) for name in names}
    # Edges that a path explains bend nothing: they are drawn, but do not decide where datasets stand.
    places = layout(depth, [edge for edge in counting if edge not in formed.via])
    up, down = _counts(counting, 0), _counts(counting, 1)
    rows = []
    for name in names:
        facts, place, documents = stated.get(name), places[name], held.get(name, Held())
        licence = (facts or {}).get("license") or documents.license
        rows.append({
            **(facts or {}),
            "dataset": name,
            "inside": facts is not None,
            "released": (facts or {}).get("released") or documents.released,
            "license": licence,
            "terms": list(terms(licence)),
            "source": (facts or {}).get("source") or (HUB + name if name.count("/") == 1 else None),
            "ending": None if up.get(name) else "no parent is named" if documents.documents else "no document",
            "depth": depth[name],
            "parents": up.get(name, 0),
            "children": down.get(name, 0),
            "ancestors": formed.ancestors.get(name, 0),
            "descendants": formed.descendants.get(name, 0),
            "layer": place.layer, "place": place.order, "x": place.x, "y": place.y,
        })  # fmt: skip
    return rows


def _counts(pairs: Sequence[Edge], end: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair[end]] = counts.get(pair[end], 0) + 1
    return counts
