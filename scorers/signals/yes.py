"""The signal `yes_to_quality`: how likely a model is to answer yes when asked whether the sample is good data.

Ask-LLM (Sachdeva et al. 2024, arXiv 2402.09668). Kept is the mean log-probability of the tokens of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from scorers.engines.interface import Failed, Scored, TokenSignals
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import fitted
from scorers.signals.text import call

QUESTION = "Is the following data high quality? Please answer yes or no.\n\n"
ANSWER = "yes"


def yes(question: str = QUESTION, answer: str = ANSWER, *, parity: bool = False) -> Signal:
    """The signal; other words are part of its version."""

    def ask_as_reference(sample: Sample, reader: Reader) -> Asked | Failed:
        prompt = f"{question}{sample.both}\n\n\n"
        start, ids = len(reader.tokenizer.encode(prompt)), reader.tokenizer.encode(prompt + answer)
        kept = ids[: reader.most or None]
        if start >= len(kept):
            return Failed("too_long", f"{len(ids):,} tokens, the model reads {reader.most:,}")
        return Asked((Scored(kept, ((start, len(kept)),)),), len(ids) - len(kept))

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.joined:
            return Failed("not_applicable", "the text is empty")
        tail = reader.tokenizer.encode(answer)

        def build(instruction: str, response: str) -> tuple[int, ...]:
            text = Sample(instruction, response).joined
            return reader.tokenizer.encode(f"{question}{text}\n\n\n", special=True) + tail

        prompt = fitted(build, (sample.instruction, sample.response), reader)
        if isinstance(prompt, Failed):
            return prompt
        end = len(prompt.ids)
        return Asked((Scored(prompt.ids, ((end - len(tail), end),)),), prompt.cut)

    given = {"question": (question, QUESTION), "answer": (answer, ANSWER)}
    changed = {name: value for name, (value, default) in given.items() if value != default}
    asking = ask_as_reference if parity else ask
    return Signal("yes_to_quality", "1", "ratings", "token_signals", asking, call, row, changed, parity=parity)


def row(asked: Asked, outcomes: Sequence[TokenSignals]) -> Values:
    """The mean over the answer's tokens."""
    (span,) = outcomes[0].spans
    return {"tokens": len(asked.requests[0].ids), "log_probabilities": [span.log_probability / span.tokens]}
