"""The signals `deita_complexity` and `deita_quality`: the digits 1 to 6 after the prompts that Deita's models know.

DEITA (Liu et al. 2024, arXiv 2312.15685). The prompts are part of the models: their wording decides the numbers.
"""

from __future__ import annotations

from scorers.engines.interface import Failed
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Sample, Signal
from scorers.signals.next_token import Candidates, digits, next_token, written

LOW, HIGH = 1, 6

LLAMA_DIGITS = (29896, 29906, 29941, 29946, 29945, 29953)
"""The digits in the vocabulary of Llama, which the reference takes whatever the tokenizer."""


def complexity(*, parity: bool = False) -> Signal:
    """How complex the instruction is."""

    def text(instruction: str) -> str:
        return (
            "You are a helpful assistant. Please identify the complexity score of the following user query. \n"
            f"##Query: {instruction}  \n##Complexity: "
        )

    def of(sample: Sample) -> tuple[str] | Failed:
        if not sample.instruction and not parity:
            return Failed("not_applicable", "there is no instruction")
        return (sample.instruction,)

    return next_token("deita_complexity", written(text), of, _candidates(parity), reads=("instruction",), parity=parity)


def quality(*, parity: bool = False) -> Signal:
    """How good the response is."""

    def text(instruction: str, response: str) -> str:
        return (
            "You are a helpful assistant. Please identify the quality score of the Response corresponding to the "
            f"Question. \n#Question#:\n{instruction}\n#Response#:\n{response} \n##Quality: "
        )

    def of(sample: Sample) -> tuple[str, str] | Failed:
        if not sample.response and not parity:
            return NO_RESPONSE
        return sample.instruction.strip(), sample.response.strip()

    return next_token("deita_quality", written(text), of, _candidates(parity), parity=parity)


def _candidates(parity: bool) -> Candidates:
    return (lambda _: LLAMA_DIGITS) if parity else digits(LOW, HIGH)
