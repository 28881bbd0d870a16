"""A question to a judge: a file of `questions/`, its hash, the JSON schema of its answers, and the prompt for a sample.

A file has settings between lines of plus signs, then what is the same for every sample, then a line `===+++===`, then
the part with the sample: servers and vLLM keep what prompts have in common at their beginning (prefix caching).
Headings `## name` in the fixed part are what is rated; their order can be turned round to see whether it matters.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lake.errors import UnknownNameError
from scorers.engines.interface import Prompt, Sampling

FOLDER = Path(__file__).resolve().parent / "questions"
LOWEST, HIGHEST = 1, 10
"""The scale of every rating."""

Form = Literal["scores", "reason and score", "tags", "verdict", "text"]
Subject = Literal["any", "math", "code"]

_SPLIT = "===+++===\n"
_HEADING = re.compile(r"^## (\w+)\n", re.MULTILINE)
_PLACE = re.compile(r"\{(keys|instruction|response|reference|attempt)\}")


@dataclass(frozen=True)
class Question:
    """What a judge is asked of a sample.

    - fixed, varying: the prompt before and from the sample on; turned: whether what is rated is listed backwards.
    - frame: the literal conversation of a model that was trained on one and has no template; {} is the prompt.
    - applies: the subject of samples it is asked of.
    """

    name: str
    answer: Form
    fixed: str
    varying: str
    rated: tuple[str, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    samples: int = 1
    applies: Subject = "any"
    frame: str = ""
    turned: bool = False

    @property
    def needs_response(self) -> bool:
        """Whether it is asked only of samples with a response."""
        return "{response}" in self.varying

    @property
    def hash(self) -> str:
        """Eight hexadecimal digits of all that decides an answer, the model apart."""
        settings = [self.max_tokens, self.temperature, self.top_p, self.samples, self.frame, self.schema]
        given = json.dumps([self.text(), settings], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(given.encode()).hexdigest()[:8]

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema of an answer; None where it is free text."""
        scale = {"type": "integer", "enum": list(range(LOWEST, HIGHEST + 1))}
        match self.answer:
            case "scores":
                return _closed(dict.fromkeys(self.rated, scale))
            case "reason and score":
                return _closed({"reason": {"type": "string", "maxLength": 600}, "score": scale})
            case "verdict":
                return _closed({"same": {"type": "boolean"}})
            case _:
                return None

    def text(self, values: Mapping[str, str] | None = None) -> str:
        """The prompt with these values at their places, put in literally; without values the places stay."""
        filled = {"keys": self._keys, **(values or {})}
        return _PLACE.sub(lambda place: filled.get(place[1], place[0]), self.fixed + self.varying)

    def prompt(self, values: Mapping[str, str]) -> Prompt:
        """The prompt as a message of a user."""
        return Prompt(messages=(("user", self.text(values)),), template=(("enable_thinking", False),))

    def sampling(self, *, seed: int = 0, again: bool = False) -> Sampling:
        """How answers are generated; again: the second try, longer and by chance, since the first would come again."""
        return Sampling(
            max_tokens=self.max_tokens * (2 if again else 1),
            n=self.samples,
            temperature=max(self.temperature, 0.5) if again else self.temperature,
            top_p=self.top_p,
            seed=seed + again,
            schema=self.schema,
        )

    def backwards(self) -> Question:
        """The same question with what is rated listed in the opposite order."""
        head, *parts = re.split(r"(?m)^(?=## \w+\n)", self.fixed)
        if len(parts) < 2:
            return self
        last, gap, tail = parts[-1].partition("\n\n")
        sections = [*(part.rstrip("\n") for part in parts[:-1]), last]
        fixed = head + "\n\n".join(reversed(sections)) + gap + tail
        return Question(**{**self.__dict__, "fixed": fixed, "rated": self.rated[::-1], "turned": not self.turned})

    @property
    def _keys(self) -> str:
        scale = f"<{LOWEST}-{HIGHEST}>"
        match self.answer:
            case "scores":
                return "{" + ", ".join(f'"{name}": {scale}' for name in self.rated) + "}"
            case "reason and score":
                return '{"reason": "<text>", "score": ' + scale + "}"
            case _:
                return '{"same": <true or false>}'


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def names() -> list[str]:
    """Every question, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


@cache
def question(name: str) -> Question:
    """The question of that name; raises UnknownNameError."""
    if name not in names():
        raise UnknownNameError.of("question", name, names())
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    _, settings, body = text.split("+++\n", 2)
    fixed, varying = body.split(_SPLIT, 1)
    given = tomllib.loads(settings)
    return Question(name=name, fixed=fixed, varying=varying.rstrip("\n"), rated=tuple(_HEADING.findall(fixed)), **given)


def hashes(of: Sequence[str]) -> dict[str, str]:
    """The hash of each question."""
    return {name: question(name).hash for name in of}
