"""The node and edge records of OpenDataArena's lineage: what it has no field for stands in `meta_info`."""

from __future__ import annotations

import json
from typing import Any

from pipelines.tracing.names import HUB
from pipelines.tracing.network import Network

RELATIONSHIPS = {
    "inclusion": "Direct Inclusion/Subset",
    "repackaging": "Direct Inclusion/Subset",
    "benchmark_contamination": "Direct Inclusion/Subset",
    "derived": "Direct Inclusion/Subset",
    "mixture": "Structured Fusion",
    "distillation": "CoT Distillation",
    "refinement": "Semantic Evolution",
    "augmentation": "Semantic Evolution",
    "translation": "Semantic Evolution",
}
"""Our relations as its types; an unstated one is its default."""


def text(network: Network, version: str) -> str:
    """One JSON object with `nodes` and `edges`; edges run from source to target, as there."""
    nodes = [_node(row) for row in network.nodes.values()]
    edges = [_edge(row, network) for row in network.edges if row["counted"]]
    document = {"nodes": nodes, "edges": edges, "generator": version}
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _node(row: dict[str, Any]) -> dict[str, Any]:
    on_hub = (row["source"] or "").startswith(("hf://", HUB))
    month = row["released"].isoformat()[:7] if row["released"] else None
    return {
        "name": row["dataset"],
        "categories": row["domains"] or [],
        "hf_year": month if on_hub else None,
        "paper_year": None,
        "year": month,
        "description": None,
        "summary": None,
        "data_type": None,
        "exists_on_hf": "exists" if (row["source"] or "").startswith("hf://") else "uncertain",
        "is_terminal_node": not row["parents"],
        "terminal_reason": row["ending"],
        "paper_url": None,
        "downloads": None,
    }


def _edge(row: dict[str, Any], network: Network) -> dict[str, Any]:
    parent = network.nodes[row["parent"]]
    facts = {
        "source": row["place"] or "measured overlap",
        "confidence": row["confidence"],
        "relationship": RELATIONSHIPS[row["relation"]],
        "evidence": row["quote"] or "",
        "exists": (parent["source"] or "").startswith("hf://"),
        "verdict": row["verdict"],
        "relation": row["relation"],
        "prompts": row["prompts"],
        "via": row["via"],
    }
    return {"target": row["child"], "source": row["parent"], "meta_info": json.dumps(facts, ensure_ascii=False)}
