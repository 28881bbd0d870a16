"""The signal `end_of_thinking`: how likely a model that may skip its reasoning is to skip it.

AdaptThink (Zhang et al. 2025, arXiv 2505.13417) answers at once by closing its reasoning with the first token.
"""

from __future__ import annotations

from collections.abc import Callable

from scorers.engines.interface import Failed, Ids, Tokenizer
from scorers.signals.asking import Sample, Signal
from scorers.signals.next_token import next_token

END = "</think>"


def end_of_thinking(*, parity: bool = False) -> Signal:
    """The signal; the reference asks even where there is no instruction."""
    contents = (lambda sample: (sample.instruction,)) if parity else _contents
    return next_token("end_of_thinking", _build, contents, _candidates, reads=("instruction",), parity=parity)


def _build(tokenizer: Tokenizer) -> Callable[..., Ids]:
    return lambda instruction: tokenizer.chat([("user", instruction)], generation=True)


def _contents(sample: Sample) -> tuple[str] | Failed:
    return (sample.instruction,) if sample.instruction else Failed("not_applicable", "there is no instruction")


def _candidates(tokenizer: Tokenizer) -> list[int]:
    found = tokenizer.token(END)
    if found is None:
        raise ValueError(f"the tokenizer has no token {END}")
    return [found]
