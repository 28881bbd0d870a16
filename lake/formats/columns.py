"""The columns of the first records: found by name (case-insensitively), judged by what they hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lake.formats.base import FILE_KEY, Record
from lake.formats.languages import IN_ENGLISH
from lake.formats.values import is_scalar

RESPONSES = (
    "output", "outputs", "response", "responses", "completion", "completions", "solution", "canonical_solution",
    "generated_solution", "rationale", "reasoning", "cot", "answer", "target", "targets", "assistant", "gpt",
    "bot", "ai", "reply", "replies", "generation", "generations", "final_output", "final", "final_response", "answers",
    "solutions",
    "result", "code",
)  # fmt: skip
"""Names of answers, the fullest first: a solution is preferred to a bare answer."""

REFERENCES = (
    "reference_answer", "ground_truth", "groundtruth", "final_answer", "expected_answer", "gold_answer",
    "correct_answer", "answer", "answers", "short_answer", "gold", "gt",
)  # fmt: skip
"""Names of the short gold answer, given beside a full answer or instead of one."""

NESTED_REFERENCES = (
    "ground_truth",
    "groundtruth",
    "reference_answer",
    "final_answer",
    "expected_answer",
    "gold_answer",
)
"""Names of the gold answer within an object, as in `reward_model.ground_truth`."""

CHECKED = ("extra_info", "reward_model", "reward", "verification_info", "verifier", "verification")
"""Names of objects that say what an answer is checked against."""

FINAL = ("answer", "answers", "target", "targets", "label", "gold", "final_answer")
"""Names of answers that may be bare final ones."""

WORKED = ("reasoning", "rationale", "cot", "code", "solution", "result", "generation", "bot", "ai", "gpt", "assistant")
"""Names that promise more than a word."""

INPUTS = ("input", "inputs", "context")
"""Names of the material an instruction works on."""

CONTEXTS = ("context", "passage", "body", "paragraph", "article", "story")
"""Names of what a question is about: it stands before the question."""

QUESTIONS = ("question", "query", "problem", "stem")
"""Names of prompts that ask."""

SYSTEMS = ("system", "system_prompt", "system_message")
"""Names of the system prompt."""

SPLITS = ("split",)
"""Names of the split."""

SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "dev": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
"""The words the hub's own file conventions use (huggingface.co/docs/hub/datasets-file-names-and-splits)."""


KNOWN_NAMES = frozenset((
    *RESPONSES, *REFERENCES, *INPUTS, *CONTEXTS, *QUESTIONS, *SYSTEMS, *SPLITS, "prompt", "instruction", "chosen",
    "rejected", "messages", "conversations", "options", "choices", "label", "rationale", "explanation", "text",
    "history",
)) - {
    "ai", "bot", "gpt", "code", "result", "gt", "gold", "target", "body", "story", "final", "stem", "cot",
}  # fmt: skip
"""Names that a column of a table is known by; words that may as well be values are none."""


def normalised(name: str) -> str:
    """A column name as it is compared: in English, lower case, words joined by underscores, without marks around it."""
    found = name.strip(" \t\r\n#?%*:：").lower().replace("-", "_").replace(" ", "_")
    return IN_ENGLISH.get(found, found)


def alone(value: Any) -> Any:
    """The one scalar of a list of one, else the value."""
    return value[0] if isinstance(value, list) and len(value) == 1 and is_scalar(value[0]) else value


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

    def nested(self, *names: str, within: Collection[str] | None = None) -> str | None:
        """The path of a member that has one of these names, in a column that holds objects: `reward_model.split`.

        - within: the only columns to look into; what a file says of all of its records is not looked at otherwise.
        """
        columns = within or [column for column in self.values if isinstance(column, str) and column != FILE_KEY]
        for name in names:
            for column in sorted(columns):
                if self.share(column, lambda value: isinstance(value, Mapping)) <= 0.5:
                    continue
                objects = [value for value in self.values[column] if isinstance(value, Mapping)]
                member = next((key for value in objects for key in value if normalised(str(key)) == name), None)
                if member is None:
                    continue
                path = f"{column}.{member}"
                found = [value[member] for value in objects if value.get(member) is not None]
                self.values[path] = [alone(value) for value in found]
                self._names[normalised(path)] = path
                return path
        return None

    def only_a_mark(self, column: str, taken: Collection[str]) -> bool:
        """Whether a column that is named like an answer holds none, while another column holds texts.

        That is: one short value everywhere ("on", "-", 200), or two or three where the name promises more.
        """
        values = self.values[column]
        if len(values) < 3 or not all(is_scalar(value) and len(str(value)) <= 16 for value in values):
            return False
        few = 3 if normalised(column) in WORKED else 1
        if len(set(map(str, values))) > few:
            return False
        return any(self.holds_texts(other) for other in self.values if other not in taken and other != column)

    def holds_texts(self, column: str) -> bool:
        """Whether a column holds texts of several words that differ from row to row."""
        values = [value for value in self.values[column] if isinstance(value, str)]
        if not values or len(values) < len(self.values[column]):
            return False
        return len(set(values)) > len(values) / 2 and sum(" " in value.strip() for value in values) > len(values) / 2

    def share(self, column: str, test: Any) -> float:
        """The share of a column's values that pass the test; 0 when there are none."""
        values = self.values[column]
        return sum(map(bool, map(test, values))) / len(values) if values else 0.0

    def _mostly_scalar(self, column: str) -> bool:
        return not self.values[column] or self.share(column, is_scalar) > 0.5
