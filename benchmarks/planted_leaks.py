"""Benchmark items planted in texts, each way a leak may look, for calibrating what finds them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = (
    "verbatim",
    "case and white space",
    "LaTeX",
    "numbers",
    "template",
    "embedded in the prompt",
    "embedded in the answer",
    "paraphrase by rule",
)

_TEMPLATES = (
    "Solve the following problem. Think step by step and give the final answer.\n\n{}\n\nAnswer:",
    "You are a careful assistant.\nQuestion: {}\nPlease explain your reasoning before you answer.",
    "{}\n\nReply with the answer only, please.",
)
_SYNONYMS = {
    "how": "determine how",
    "find": "calculate",
    "what": "tell me what",
    "many": "numerous",
    "each": "every",
    "total": "sum",
    "buys": "purchases",
    "has": "owns",
    "gets": "receives",
    "makes": "earns",
    "day": "24 hours",
    "week": "7 days",
    "if": "given that",
    "then": "afterwards",
    "more": "additional",
    "of": "out of",
    "and": "as well as",
    "the": "this",
}


@dataclass(frozen=True)
class Planted:
    """A text with an item in it: how it looks, which item (its place), prompt and answer."""

    kind: str
    item: int
    prompt: str
    answer: str


def planted(items: Sequence[str], fillers: Sequence[str], *, seed: int = 1) -> list[Planted]:
    """Every item in every way that changes it; fillers are texts without items."""
    draw = random.Random(seed)
    made = []
    for place, item in enumerate(items):
        for kind in KINDS:
            prompt, answer = _looks(kind, item, fillers, draw)
            if kind in ("LaTeX", "numbers") and prompt == item:
                continue  # nothing there to change
            made.append(Planted(kind, place, prompt, answer))
    return made


def _looks(kind: str, item: str, fillers: Sequence[str], draw: random.Random) -> tuple[str, str]:
    answer = "I would begin by writing down what is known."
    if kind == "verbatim":
        return item, answer
    if kind == "case and white space":
        words = item.split()
        return "".join(
            f"{word.upper() if draw.random() < 0.3 else word}{draw.choice([' ', '  ', chr(10)])}" for word in words
        ), answer
    if kind == "LaTeX":
        return re.sub(r"\$([^$]+)\$", r"\\(\1\\)", item).replace(r"\frac", r"\dfrac").replace(r"\left", ""), answer
    if kind == "numbers":
        return re.sub(r"\d+", lambda found: str(int(found[0]) + draw.randrange(1, 9)), item), answer
    if kind == "template":
        return draw.choice(_TEMPLATES).format(item), answer
    if kind == "paraphrase by rule":
        return " ".join(_SYNONYMS.get(word.lower(), word) for word in item.split()), answer
    before, after = (paragraph(fillers, draw.randrange(25, 251), draw) for _ in range(2))
    inside = f"{before} {item} {after}"
    return (inside, answer) if kind == "embedded in the prompt" else ("Tell me something.", inside)


def paragraph(fillers: Sequence[str], words: int, draw: random.Random) -> str:
    """So many words of fillers, from one or several of them."""
    taken: list[str] = []
    while len(taken) < words:
        taken += draw.choice(fillers).split()
    return " ".join(taken[:words])
