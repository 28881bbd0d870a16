"""The signal `end_of_thinking`: how likely a model that may skip its reasoning is to skip it.

AdaptThink (Zhang et al. 2025, arXiv 2505.13417) answers at once by closing its reasoning with the first token.
"""

from __future__ import annotations

from scorers.engines.interface import Failed, Ids, Tokenizer
from scorers.signals.asking import Sample, Signal
from scorers.signals.next_token import next_token

END = "</think>"


def end_of_thinking() -> Signal:
    """The signal."""
    return next_token("end_of_thinking", _build, _contents, _candidates, reads=("instruction",))


def _build(tokenizer: Tokenizer):  # type: ignore[no-untyped-def]
    def build(instruction: str) -> Ids:
        return tokenizer.chat([("user", instruction)], generation=True)

    return build


def _contents(sample: Sample) -> tuple[str] | Failed:
    return (sample.instruction,) if sample.instruction else Failed("not_applicable", "there is no instruction")


def _candidates(tokenizer: Tokenizer) -> list[int]:
    found = tokenizer.token(END)
    if found is None:
        raise ValueError(f"the tokenizer has no token {END}")
    return [found]
