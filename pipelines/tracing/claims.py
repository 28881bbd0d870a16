"""What a document says of where a dataset comes from, and what becomes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from lake.values import RELATION

Use = Literal["source", "evaluation", "mention"]

RELATIONS = RELATION.names
ACCEPTED, DOUBTFUL = 0.7, 0.5
"""From the first confidence on a claim counts, from the second a person is asked."""


@dataclass(frozen=True)
class Document:
    """A text about a dataset.

    - place: what it is: `card`, or the file it stands in.
    """

    node: str
    place: str
    text: str


@dataclass(frozen=True)
class Claim:
    """One statement of a document: the dataset comes from what it mentions.

    - mention: the name as the document writes it; quote: the span that says so, verbatim.
    - use: whether it is said to be a source, only evaluated on, or only mentioned.
    - reader: who read it.
    """

    child: str
    mention: str
    relation: str
    confidence: float
    quote: str
    place: str
    reader: str
    use: Use = "source"
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
