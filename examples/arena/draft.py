"""Drafts: samples before they are laid out in files, each knowing what it was made from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from examples.arena.texts.stories import Story

Turns = tuple[tuple[str, str], ...]

OWN, COPY, SAME_PROMPT, EDITED, EMBEDDED = "own", "copy", "same prompt", "edited", "embedded"
"""How a draft relates to its origin: not at all, same content, same prompt only, edited, or inside a longer text."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A sample to be written.

    - turns: (role, text) from the first user turn on; system stands apart.
    - rejected: the answer not preferred, where there is one.
    - origin, how: the draft it was made from, and how.
    - story: the word problem it tells, so that it can be solved again in other words.
    """

    turns: Turns
    topic: str
    system: str | None = None
    rejected: str | None = None
    origin: Draft | None = None
    how: str = OWN
    story: Story | None = None

    @property
    def response(self) -> str | None:
        """The last answer, if it ends with one."""
        role, text = self.turns[-1]
        return text if role == "assistant" else None

    @property
    def before(self) -> Turns:
        """The turns before the last answer."""
        return self.turns if self.response is None else self.turns[:-1]

    @property
    def conversation(self) -> Turns:
        """All turns, the system prompt included, in composed Unicode: equal exactly for exact duplicates."""
        head = () if self.system is None else (("system", self.system),)
        return tuple((role, unicodedata.normalize("NFC", text)) for role, text in (*head, *self.turns))

    @property
    def prompt(self) -> Turns:
        """The turns before the last answer without differences of case and white space."""
        return tuple((role, normalised(text)) for role, text in self.before)

    @property
    def chain(self) -> list[Draft]:
        """This draft, its origin, the origin's origin and so on."""
        return [self, *(self.origin.chain if self.origin else ())]


def normalised(text: str) -> str:
    """Text without differences of Unicode composition, case and white space."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def shingles(draft: Draft, size: int = 5) -> frozenset[tuple[str, ...]]:
    """The runs of `size` words in all turns of a draft, lower case."""
    words = re.findall(r"\w+", " ".join(text for _, text in draft.conversation).lower())
    return frozenset(tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


def jaccard(a: Draft, b: Draft) -> float:
    """The share of shingles two drafts have in common, between 0 and 1."""
    one, other = shingles(a), shingles(b)
    return len(one & other) / len(one | other)
