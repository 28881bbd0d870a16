"""GraphML, for Gephi, yEd, networkx and others: every scalar fact of nodes and edges as a typed attribute."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from typing import Any

from pipelines.tracing.network import Network

_SPACE = "http://graphml.graphdrawing.org/xmlns"
_TYPES = {bool: "boolean", int: "long", float: "double", str: "string"}
_NODES = (
    ("inside", bool), ("kind", str), ("domains", str), ("released", str), ("license", str), ("terms", str),
    ("source", str), ("rows", int), ("ending", str), ("depth", int), ("ancestors", int), ("descendants", int),
    ("layer", int), ("x", float), ("y", float),
)  # fmt: skip
_EDGES = (
    ("relation", str), ("verdict", str), ("confidence", float), ("counted", bool), ("via", str), ("reason", str),
    ("quote", str), ("place", str), ("measured_relation", str), ("direction", str), ("prompts", float),
    ("parent_prompts", float), ("prompt_rows", int),
)  # fmt: skip
_FORBIDDEN = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def text(network: Network, version: str) -> str:
    """The graph; an edge runs from the parent to the child, as data does."""
    root = Xml.Element("graphml", xmlns=_SPACE)
    root.append(Xml.Comment(f" {version} "))
    for owner, declared in (("node", _NODES), ("edge", _EDGES)):
        for name, kind in declared:
            facts = {"for": owner, "attr.name": name, "attr.type": _TYPES[kind]}
            Xml.SubElement(root, "key", id=f"{owner}_{name}", **facts)  # type: ignore[arg-type]
    graph = Xml.SubElement(root, "graph", id="lineage", edgedefault="directed")
    for name, row in network.nodes.items():
        _facts(Xml.SubElement(graph, "node", id=_plain(name)), "node", _NODES, row)
    for row in network.edges:
        ends = {"source": _plain(row["parent"]), "target": _plain(row["child"])}
        _facts(Xml.SubElement(graph, "edge", attrib=ends), "edge", _EDGES, row)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _facts(element: Xml.Element, owner: str, declared: tuple[tuple[str, type], ...], row: dict[str, Any]) -> None:
    for name, kind in declared:
        value = row[name]
        if value is None or value == []:
            continue
        data = Xml.SubElement(element, "data", key=f"{owner}_{name}")
        shown = ", ".join(value) if isinstance(value, list) else value
        data.text = str(shown).lower() if kind is bool else _plain(str(shown))


def _plain(value: str) -> str:
    """A text without the characters that XML cannot hold."""
    return "".join(c for c in value.translate(_FORBIDDEN) if not "\ud800" <= c <= "\udfff")
