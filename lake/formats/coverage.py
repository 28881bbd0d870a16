"""How much of a dataset's samples has what training and checking need, and what to look at where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lake.formats.base import Binding, Record
from lake.formats.shapes import Shape, shapes

COUNTED = ("response", "reference_answer", "system", "rejected_response")

_SAID = {
    "response": "response",
    "reference_answer": "reference answer",
    "system": "system prompt",
    "rejected_response": "rejected response",
}
_WRONG = re.compile(r"incorrect|wrong|distractor|reject|negative|loser|worse")
"""Names of what is no answer to train on."""

_SHORT = 64
"""Characters up to which one text in all rows is no answer."""

_FEWEST = 3
_UNSEEN, _VARIES = "\0unseen", "\0varies"
"""What `only` holds before the first text, and once there were two."""


@dataclass
class Coverage:
    """Samples, and how many of them hold each field and have several turns.

    - only: field -> the text that every sample has there, while there is but one.
    """

    samples: int = 0
    several_turns: int = 0
    held: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    only: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(COUNTED, _UNSEEN))

    def count(self, columns: Mapping[str, Sequence[str | None]], turns: Sequence[int]) -> None:
        """Count samples by the columns of their fields and their numbers of answers."""
        self.samples += len(turns)
        self.several_turns += sum(number > 1 for number in turns)
        for name, values in columns.items():
            self.held[name] += sum(map(bool, values))
            if self.only[name] != _VARIES:
                for value in set(values):
                    self._see(name, value)

    def count_responses(self, samples: int, filled: int, some: Iterable[str | None]) -> None:
        """Count samples of one turn of which so many have a response, some of them these."""
        self.samples += samples
        self.held["response"] += filled
        for value in some:
            self._see("response", value)

    def merge(self, other: Coverage) -> None:
        """Add other samples."""
        self.samples += other.samples
        self.several_turns += other.several_turns
        for name in COUNTED:
            self.held[name] += other.held[name]
            if other.only[name] != _UNSEEN:
                self._see(name, other.only[name])

    def _see(self, name: str, value: Any) -> None:
        if self.only[name] == _UNSEEN or self.only[name] == value:
            self.only[name] = value
        else:
            self.only[name] = _VARIES

    def as_dict(self) -> dict[str, int]:
        """The counts, as stored with the dataset."""
        return {"samples": self.samples, **self.held, "several_turns": self.several_turns}

    def line(self) -> str:
        """For people: `response: all; reference answer: none; system prompt: 12; several turns: 3 (800 samples)`."""
        counts = {_SAID[name]: count for name, count in self.held.items() if name != "rejected_response"}
        if self.held["rejected_response"]:
            counts[_SAID["rejected_response"]] = self.held["rejected_response"]
        counts["several turns"] = self.several_turns
        told = "; ".join(f"{said}: {_share(count, self.samples)}" for said, count in counts.items())
        return f"{told} ({self.samples:,} samples)"


def line_of(counts: dict[str, int]) -> str:
    """The line of counts as they are stored."""
    held = {name: counts.get(name, 0) for name in COUNTED}
    return Coverage(counts["samples"], counts.get("several_turns", 0), held).line()


def _share(count: int, samples: int) -> str:
    return "all" if count == samples and count else "none" if not count else f"{count:,}"


def remarks(coverage: Coverage, readings: Iterable[tuple[Binding, list[Record]]]) -> list[str]:
    """What to look at: no response anywhere, or the same short text in every row; with the columns not used."""
    told = []
    if coverage.samples and not coverage.held["response"]:
        gold = " (all have a reference answer)" if coverage.held["reference_answer"] == coverage.samples else ""
        told.append(f"No sample has a response{gold}. {_unused(readings)}".strip())
    for name in ("response", "reference_answer"):
        only = coverage.only[name]
        if (
            isinstance(only, str)
            and only
            and only not in (_UNSEEN, _VARIES)
            and len(only) <= _SHORT
            and coverage.samples >= _FEWEST
        ):
            told.append(f"Every sample has {only!r} as its {_SAID[name]}. {_unused(readings)}".strip())
    return told


def _unused(readings: Iterable[tuple[Binding, list[Record]]]) -> str:
    """The columns that hold texts and that no field holds."""
    found: dict[str, Shape] = {}
    for binding, records in readings:
        other = binding.options.get("other")
        used: set[str] = {
            *(other.fields.values() if other else ()),
            *binding.fields.values(),
            *binding.options.get("choices", ()),
        }
        used |= {name for option in ("instances", "spread") if (name := binding.options.get(option))}
        for shape in shapes(records, used):
            if shape.text and not any(shape.column.startswith((f"{name}.", f"{name}[")) for name in used):
                found.setdefault(shape.column, shape)
    if not found:
        return ""
    wrong = [shape for shape in found.values() if _WRONG.search(shape.column.lower())]
    found = {name: shape for name, shape in found.items() if shape not in wrong}
    if not found:
        return ""
    longest = sorted(found.values(), key=lambda shape: -shape.length)[:6]
    names = ", ".join(f"{shape.column} ({shape.length:,.0f} characters)" for shape in longest)
    return f"Not used, though they hold texts: {names}; one is taken with --map response=COLUMN."
