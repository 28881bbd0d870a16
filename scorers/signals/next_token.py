"""Signals of the distribution of the token after a prompt: ratings, Deita's scores, the wish to think.

What is kept is the log-probabilities of the candidates, prompt after prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scorers.engines.interface import Engine, Failed, Ids, NextToken, Prompt, Tokenizer
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import fitted

RELATION = "ratings"

Candidates = Callable[[Tokenizer], Sequence[int]]


def next_token(
    name: str,
    build: Callable[[Tokenizer], Callable[..., Ids]],
    contents: Callable[[Sample], Sequence[str] | Failed],
    candidates: Candidates,
    *,
    parameters: Values | None = None,
    reads: tuple[str, ...] = ("instruction", "response"),
    parity: bool = False,
) -> Signal:
    """A signal of one prompt a sample.

    - build: the prompt of the contents, whose ends are cut where they do not fit, the last content first.
    - contents: what of a sample goes into the prompt, or why nothing does.
    - candidates: the tokens whose log-probabilities are kept.
    """

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        found = contents(sample)
        if isinstance(found, Failed):
            return found
        prompt = fitted(build(reader.tokenizer), found, reader)
        return prompt if isinstance(prompt, Failed) else Asked((Prompt(prompt.ids),), prompt.cut)

    def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
        return list(engine.next_token(requests, candidates(engine.tokenizer)))

    return Signal(name, "1", RELATION, "next_token", ask, call, row, parameters or {}, reads, parity)


def row(asked: Asked, outcomes: Sequence[NextToken]) -> Values:
    """The log-probabilities of all prompts, and how many tokens those had."""
    return {
        "tokens": sum(len(request.ids) for request in asked.requests),
        "log_probabilities": [value for outcome in outcomes for value in outcome.log_probabilities],
    }


def digits(low: int, high: int, *, parity: bool = False) -> Candidates:
    """The tokens of single digits; where a tokenizer puts a space in front, the digit's own token.

    The reference takes the first token, which is the same one for every digit then.
    """
    place = 0 if parity else -1
    return lambda tokenizer: [tokenizer.encode(str(digit))[place] for digit in range(low, high + 1)]


def written(text: Callable[..., str], *, special: bool = True) -> Callable[[Tokenizer], Callable[..., Ids]]:
    """A prompt that is a text, tokenised whole, with the special tokens that the tokenizer adds."""
    return lambda tokenizer: lambda *contents: tokenizer.encode(text(*contents), special=special)
