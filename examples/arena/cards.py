"""What the descriptions beside the data say: domains, licence, date, card."""

from __future__ import annotations

from typing import NamedTuple


class Card(NamedTuple):
    """Facts of a `dataset.yaml` beside name, kind and parents."""

    domains: tuple[str, ...]
    license: str
    released: str
    text: str


CARDS = {
    "count-tales": Card(
        ("math",), "CC0-1.0", "2024-02-01", "Word problems about counting things, each with a worked solution."
    ),
    "snippet-shop": Card(
        ("code",), "Apache-2.0", "2024-03-12", "Small Python tasks. Every example in an answer was run."
    ),
    "fact-cards": Card(("knowledge",), "CC-BY-4.0", "2024-03-30", "Questions of general knowledge, one card a line."),
    "porch-talk": Card(("chat",), "CC-BY-4.0", "2024-05-06", "Short conversations about everyday matters."),
    "count-tales-thought": Card(
        ("math", "reasoning"),
        "CC0-1.0",
        "2025-01-20",
        "Problems of count-tales solved again, most of them with the reasoning written out before the answer.",
    ),
    "two-replies": Card(
        ("general",),
        "CC-BY-SA-4.0",
        "2024-07-15",
        "Requests with a careful and a careless reply, after porch-talk.",
    ),
    "fact-pages": Card(("knowledge",), "CC-BY-4.0", "2024-09-02", "All of fact-cards as text, with notes between."),
    "all-round": Card(
        ("math", "code", "general"),
        "other",
        "2025-03-03",
        "A mixture of count-tales, count-tales-thought, snippet-shop and two-replies with some rows of our own.",
    ),
    "tally-bench": Card(("math", "knowledge"), "CC0-1.0", "2024-01-10", "Held-out problems and questions. Test only."),
    "torn-pages": Card(("general",), "CC0-1.0", "2024-06-01", "Requests; the upload broke off in the middle."),
}
"""What is said about each dataset."""
