"""The columns of the first records: found by name (case-insensitively), judged by what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lake.formats.base import Record
from lake.formats.values import is_scalar

RESPONSES = (
    "output", "outputs", "response", "responses", "completion", "completions", "solution", "canonical_solution",
    "generated_solution", "rationale", "reasoning", "cot", "answer", "target", "targets", "assistant", "gpt",
    "bot", "ai", "reply", "generation", "final_output", "result", "code",
)  # fmt: skip
"""Names of answers, the fullest first: a solution is preferred to a bare answer."""

REFERENCES = (
    "reference_answer", "ground_truth", "groundtruth", "final_answer", "expected_answer", "gold_answer",
    "correct_answer", "answer", "answers", "short_answer", "gold", "gt",
)  # fmt: skip
"""Names of the short gold answer, given beside a full answer or instead of one."""

INPUTS = ("input", "inputs", "context")
"""Names of the material an instruction works on."""

SYSTEMS = ("system", "system_prompt", "system_message")
"""Names of the system prompt."""

SPLITS = ("split",)
"""Names of the split."""


def normalised(name: str) -> str:
    """A column name as it is compared: lower case, words joined by underscores."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


class Columns:
    """What the first records hold, column by column."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.values: dict[str, list[Any]] = {}
        for record in records:
            for name, value in record.items():
                held = self.values.setdefault(name, [])
                if value is not None:
                    held.append(value)
        self._names: dict[str, str] = {}
        for name in self.values:
            if isinstance(name, str):
                self._names.setdefault(normalised(name), name)

    def named(self, *names: str) -> list[str]:
        """The columns that have one of these names, in this order."""
        return [self._names[name] for name in names if name in self._names]

    def texts(self, *names: str) -> list[str]:
        """The named columns that hold text or other scalars; those without any value come last."""
        found = [column for column in self.named(*names) if self._mostly_scalar(column)]
        return sorted(found, key=lambda column: not self.values[column])

    def text(self, *names: str) -> str | None:
        """The first of the named columns that holds text."""
        return next(iter(self.texts(*names)), None)

    def any(self, *names: str) -> str | None:
        """The first of the named columns, whatever it holds; one with values is preferred."""
        return next(iter(sorted(self.named(*names), key=lambda column: not self.values[column])), None)

    def share(self, column: str, test: Any) -> float:
        """The share of a column's values that pass the test; 0 when there are none."""
        values = self.values[column]
        return sum(map(bool, map(test, values))) / len(values) if values else 0.0

    def _mostly_scalar(self, column: str) -> bool:
        return not self.values[column] or self.share(column, is_scalar) > 0.5
