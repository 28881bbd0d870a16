"""The lineage as one HTML page that needs nothing else: the graph of the lake, drawn by cytoscape.js.

Everything stands in the file: data, style, the vendored library (MIT, `page/cytoscape.LICENSE`), and no address is
asked for anything, which a content security policy of the page makes sure of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from lake.catalog import Lake
from pipelines.progress import Progress, Silent
from pipelines.tracing.network import Network

CUT = 400
"""Characters of a text of a sample that the page shows."""

_FOLDER = Path(__file__).with_name("page")
_PARTS = {
    "style": "style.css",
    "cytoscape": "cytoscape.min.js",
    "model": "model.js",
    "panel": "panel.js",
    "explorer": "explorer.js",
}

_PAIRS = """
select sample_id, other_id, alike, instruction, response, other_response
from sample_pairs
where dataset = $child and other = $parent
order by alike, sample_id, other_id
limit $limit
"""
_CONFLICTS = "select dataset, problem, evidence from licence_conflicts order by dataset, hops, ancestor, term"


def page(lake: Lake, *, start: str = "", pairs: int = 3, progress: Progress | None = None) -> str:
    """The page.

    - start: the dataset it opens at, with what is one edge away; empty: the whole graph.
    - pairs: pairs of samples that it holds of every measured edge; texts are cut.
    """
    network = Network.of(lake)
    if start:
        network.check(start)
    data = {
        "start": start,
        "snapshot": lake.snapshot,
        "nodes": list(network.nodes.values()),
        "edges": list(network.edges),
        "pairs": _pairs(lake, network, pairs, progress or Silent()),
        "conflicts": lake.query(_CONFLICTS).to_pylist(),
        "summary": _summary(lake),
        "lists": _lists(network),
    }
    parts: dict[str, Callable[[], str]] = {name: lambda file=file: _file(file) for name, file in _PARTS.items()}  # type: ignore[misc]
    parts["data"] = lambda: _embedded(data)
    return re.sub(r"/\*\{(\w+)\}\*/", lambda found: parts[found[1]](), _file("page.html"))


@cache
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _embedded(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no `<` in it, and none of what ends a line for JavaScript."""
    text = json.dumps(data, ensure_ascii=True, default=str, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _pairs(lake: Lake, network: Network, limit: int, progress: Progress) -> dict[str, Any]:
    measured = [edge for edge in network.edges if edge["measured_relation"] is not None] if limit else []
    progress.start("pairs of samples", len(measured), "edges")
    found = {}
    for edge in measured:
        values = {"child": edge["child"], "parent": edge["parent"], "limit": limit}
        rows = lake.query(_PAIRS, values).to_pylist()
        found[f"{edge['child']}\n{edge['parent']}"] = [{key: _cut(value) for key, value in row.items()} for row in rows]
        progress.advance(1)
    progress.finish()
    return found


def _cut(value: Any) -> Any:
    return value[:CUT] + " …" if isinstance(value, str) and len(value) > CUT else value


def _summary(lake: Lake) -> dict[str, Any]:
    found = lake.query("from lineage_statistics where domain is null").to_pylist()
    wanted = ("datasets", "outside", "edges", "confirmed", "declared_only", "measured_only", "roots", "alone", "depth")
    return {name.replace("_", " "): found[0][name] for name in wanted} if found else {}


def _lists(network: Network) -> dict[str, list[tuple[str, str]]]:
    """Datasets worth looking at first, with what makes them so."""

    def top(count: str, one: str, several: str) -> list[tuple[str, str]]:
        rows = sorted(network.nodes.values(), key=lambda row: (-row[count], row["dataset"]))[:8]
        return [(row["dataset"], f"{row[count]} {one if row[count] == 1 else several}") for row in rows if row[count]]

    return {
        "Most reused": top("children", "child", "children"),
        "From the most datasets": top("ancestors", "ancestor", "ancestors"),
    }
