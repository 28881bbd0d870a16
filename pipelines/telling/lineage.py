"""What is told of lineage: edges by verdict, conflicts of licences, what to review, and the graph as a picture."""

from __future__ import annotations

from lake.catalog import Lake
from pipelines.lineage import LineageReport
from pipelines.pictures.lines import lineage
from pipelines.telling.shown import Facts, counts, pictures, table

_TABLES = {
    "edges": "select child, parent, relation, verdict, confidence, quote from lineage_edges "
    "where counted and via is null order by verdict <> 'measured only', child, parent",
    "conflicts": "select dataset, ancestor, term, evidence, problem from licence_conflicts "
    "order by dataset, hops, ancestor",
    "to_review": "select child, parent, relation, confidence, reason, quote from lineage_review order by child, parent",
    "statistics": "from lineage_statistics order by domain nulls first",
}


def of_lineage(lake: Lake, report: LineageReport) -> Facts:
    """Facts of a run over all datasets."""
    told: Facts = {
        "dagster/row_count": sum(report.edges.values()),
        "datasets": report.datasets,
        "outside": report.outside,
        "documents": report.documents,
        "depth": report.depth,
        "review": report.claims.get("review", 0),
        "current": report.current,
        "snapshot": lake.snapshot,
        "verdicts": counts("verdict", report.edges),
    }
    for name, sql in _TABLES.items():
        found = lake.query(sql)
        if found.num_rows:
            told[name] = table(found, rows=100)
    return told | pictures(lake, graph=lambda: lineage(lake))
