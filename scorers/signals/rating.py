"""The signals `rating_1`, `rating_2`, …: the digits 1 to 5 after a question that asks for a rating of the response.

SelectIT (Liu et al. 2024, arXiv 2402.16705): the model says by its next token how good it finds the response; several
wordings of the question tell how sure it is. The questions are ours, a line each in `rating_questions.txt`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from scorers.engines.interface import Failed
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Sample, Signal
from scorers.signals.next_token import digits, next_token, written

QUESTIONS = Path(__file__).with_name("rating_questions.txt")
LOW, HIGH = 1, 5


@cache
def questions(file: str = "") -> tuple[str, ...]:
    """The questions of a file, by default ours."""
    text = Path(file or QUESTIONS).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip())


def rating(number: int, file: str = "", *, parity: bool = False) -> Signal:
    """The rating by question `number`, from 1; its wording is part of the version."""
    question = questions(file)[number - 1]

    def text(instruction: str, response: str) -> str:
        return f"{question}\nInstruction:{instruction}\nResponse:{response}\nThe answer is: \n"

    return next_token(
        f"rating_{number}",
        written(text),
        _as_it_is if parity else contents,
        digits(LOW, HIGH, parity=parity),
        parameters={"question": hashlib.sha256(question.encode()).hexdigest()[:8]},
        parity=parity,
    )


def contents(sample: Sample) -> tuple[str, str] | Failed:
    """Instruction and response; nothing where there is no response to rate."""
    return (sample.instruction, sample.response) if sample.response else NO_RESPONSE


def _as_it_is(sample: Sample) -> tuple[str, str]:
    return sample.instruction, sample.response
