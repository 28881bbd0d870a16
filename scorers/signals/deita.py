"""The signals `deita_complexity` and `deita_quality`: the digits 1 to 6 after the prompts that Deita's models know.

DEITA (Liu et al. 2024, arXiv 2312.15685). The prompts are part of the models: their wording decides the numbers.
"""

from __future__ import annotations

from scorers.engines.interface import Failed
from scorers.signals.asking import Sample, Signal
from scorers.signals.next_token import Candidates, digits, next_token, written
from scorers.signals.rating import contents

LOW, HIGH = 1, 6


def complexity(candidates: Candidates | None = None) -> Signal:
    """How complex the instruction is."""

    def text(instruction: str) -> str:
        return (
            "You are a helpful assistant. Please identify the complexity score of the following user query. \n"
            f"##Query: {instruction}  \n##Complexity: "
        )

    def of(sample: Sample) -> tuple[str] | Failed:
        return (sample.instruction,) if sample.instruction else Failed("not_applicable", "there is no instruction")

    return next_token("deita_complexity", written(text), of, candidates or digits(LOW, HIGH), reads=("instruction",))


def quality(candidates: Candidates | None = None) -> Signal:
    """How good the response is."""

    def text(instruction: str, response: str) -> str:
        return (
            "You are a helpful assistant. Please identify the quality score of the Response corresponding to the "
            f"Question. \n#Question#:\n{instruction}\n#Response#:\n{response} \n##Quality: "
        )

    def of(sample: Sample) -> tuple[str, str] | Failed:
        found = contents(sample)
        return found if isinstance(found, Failed) else (found[0].strip(), found[1].strip())

    return next_token("deita_quality", written(text), of, candidates or digits(LOW, HIGH))
