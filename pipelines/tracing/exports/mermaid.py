"""Mermaid, for READMEs: datasets from left to right, an arrow by its verdict, its relation written on it."""

from __future__ import annotations

from pipelines.tracing.network import Network

_ARROWS = {"confirmed": "==>", "declared only": "-->", "measured only": "-.->"}


def text(network: Network, version: str) -> str:
    """A flowchart of the edges that count and that no path explains."""
    names = {name: f"d{number}" for number, name in enumerate(network.nodes)}
    lines = [f"%% {version}: ==> confirmed, --> declared only, -.-> measured only", "flowchart LR"]
    for name, row in network.nodes.items():
        left, right = ("[", "]") if row["inside"] else ("([", "])")
        lines.append(f'    {names[name]}{left}"{_quoted(name)}"{right}')
    for row in network.edges:
        if row["counted"] and row["via"] is None:
            relation = row["relation"].replace("_", " ")
            lines.append(f"    {names[row['parent']]} {_ARROWS[row['verdict']]}|{relation}| {names[row['child']]}")
    outside = [names[name] for name, row in network.nodes.items() if not row["inside"]]
    if outside:
        lines += ["    classDef outside stroke-dasharray: 4 4", f"    class {','.join(outside)} outside"]
    return "\n".join(lines) + "\n"


def _quoted(name: str) -> str:
    """A name as Mermaid takes it within quotes: `#` begins an entity there."""
    return "".join(c if c.isalnum() or c in " /-_.+" else f"#{ord(c)};" for c in name)
