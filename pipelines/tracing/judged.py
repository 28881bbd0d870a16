"""What becomes of a claim: an edge, a question to a person, or nothing, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipelines.tracing.claims import ACCEPTED, DOUBTFUL, Claim
from pipelines.tracing.registry import Known, Registry, Resolution

Outcome = Literal["edge", "review", "refused"]
FIELDS = "fields 1"
"""The reader of fields of a description: a person named the parent there."""


@dataclass(frozen=True)
class Decision:
    """What a person decided on a child and a parent (or a name for it)."""

    child: str
    parent: str
    decision: str
    relation: str | None = None
    same_as: str | None = None


@dataclass(frozen=True)
class Judged:
    """A claim, what its name means, and what became of it."""

    claim: Claim
    resolution: Resolution
    outcome: Outcome
    reason: str = ""

    def as_row(self) -> dict[str, Any]:
        """A row of `lineage_claims`."""
        row = asdict(self.claim)
        row.pop("problem")
        return {
            **row,
            "quote": self.claim.quote or None,
            "parent": self.resolution.node or None,
            "resolution": self.resolution.how or None,
            "certainty": self.resolution.certainty if self.resolution.node else None,
            "outcome": self.outcome,
            "reason": self.reason or None,
        }


def judge(claims: Iterable[Claim], registry: Registry, decisions: Mapping[tuple[str, str], Decision]) -> list[Judged]:
    """Every claim with its outcome, in order."""
    return [_judged(claim, registry, decisions) for claim in claims]


def _judged(claim: Claim, registry: Registry, decisions: Mapping[tuple[str, str], Decision]) -> Judged:
    if claim.problem:
        return Judged(claim, Resolution("", ""), "refused", claim.problem)
    found = registry.resolve(claim.mention, claim.child)
    if not found.node:
        return Judged(claim, found, "refused", found.reason)
    decided = decisions.get((claim.child, found.node)) or decisions.get((claim.child, claim.mention))
    if decided is not None:
        accepted = decided.decision == "accept"
        return Judged(claim, found, "edge" if accepted else "refused", "" if accepted else "rejected by a person")
    outcome, reason = _outcome(claim, found, registry)
    return Judged(claim, found, outcome, reason)


def _outcome(claim: Claim, found: Resolution, registry: Registry) -> tuple[Outcome, str]:
    """What becomes of a claim that nobody decided on, and why."""
    child, parent = registry.known.get(claim.child), registry.known.get(found.node)
    if claim.use != "source":
        return "refused", "only evaluated on" if claim.use == "evaluation" else "mentioned, not used"
    if _newer(parent, child):
        return "refused", f"released {parent.released}, after {child.released}"  # type: ignore[union-attr]
    sure = claim.confidence * found.certainty
    if sure < DOUBTFUL * ACCEPTED:
        return "refused", f"not sure enough ({sure:.2f})"
    if sure < ACCEPTED:
        doubt = "the name is only similar" if found.how == "similar name" else "the text does not say it outright"
        return "review", f"{doubt} ({sure:.2f})"
    related = (claim.child, found.node) in registry.related
    if claim.reader != FIELDS and _is_exam(parent, child) and not related:
        return "review", "a benchmark named as a source: its training data, or its items?"
    return "edge", ""


def _is_exam(parent: Known | None, child: Known | None) -> bool:
    """Whether the parent is a benchmark and the child is not."""
    return bool(parent and child and parent.kind == "benchmark" and child.kind != "benchmark")


def _newer(parent: Known | None, child: Known | None) -> bool:
    """Whether both dates are known and the parent came after the child."""
    return bool(parent and child and parent.released and child.released and parent.released > child.released)
