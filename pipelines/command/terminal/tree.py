"""A dataset with what it comes from and what went into, as a tree of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipelines.command.terminal.table import shorten

if TYPE_CHECKING:
    from pipelines.tracing.network import Branch

_QUOTE = 90


def lines(facts: dict[str, Any], above: Sequence[Branch], below: Sequence[Branch], *, width: int) -> Iterator[str]:
    """The dataset, its parents, its children; every branch with relation, verdict and the evidence in brief."""
    where = "in the lake" if facts["inside"] else "outside the lake"
    licence = f", {facts['license']}" if facts["license"] else ""
    yield f"{facts['dataset']} ({where}{licence})"
    if above:
        yield "comes from"
        yield from _branches(above, "", width)
    else:
        yield f"comes from no dataset that is known: {facts['ending'] or 'none counts'}"
    if below:
        yield "went into"
        yield from _branches(below, "", width)


def _branches(branches: Sequence[Branch], before: str, width: int) -> Iterator[str]:
    for place, branch in enumerate(branches):
        last = place == len(branches) - 1
        yield shorten(f"{before}{'└─ ' if last else '├─ '}{branch.dataset}  {_evidence(branch)}", width)
        inner = before + ("   " if last else "│  ")
        yield from _branches(branch.branches, inner, width)


def _evidence(branch: Branch) -> str:
    edge = branch.edge
    parts = [f"{edge['relation'].replace('_', ' ')}, {edge['verdict']} {edge['confidence']:.2f}"]
    if edge["measured_relation"] and edge["prompts"]:
        parts.append(f"{edge['prompts']:.0%} of its prompts")
    if edge["quote"]:
        text = " ".join(edge["quote"].split())
        parts.append("“" + (text if len(text) <= _QUOTE else text[:_QUOTE].rstrip() + "…") + "”")
    if edge["reason"]:
        parts.append(f"does not count: {edge['reason']}")
    elif edge["via"]:
        parts.append(f"explained by {edge['via']}")
    if branch.folded:
        parts.append(f"… {branch.folded} more behind it")
    if branch.seen:
        parts.append("(see above)")
    return "; ".join(parts)
