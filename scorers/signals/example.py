"""The signals `answer_zero_shot` and `answer_after_example`: the answer's tokens without and after a worked example.

MIWV (Jiang et al. 2025, arXiv 2511.07074): where another sample as an example makes a response more likely, the model
can do it already. Prompt and answer are tokenised apart, so that the answer has the same tokens both times.
"""

from __future__ import annotations

from collections.abc import Callable

from scorers.engines.interface import Failed, Ids, Scored
from scorers.signals.answer import NO_RESPONSE, row
from scorers.signals.asking import Asked, Reader, Sample, Signal
from scorers.signals.fitting import fitted
from scorers.signals.text import NO_TOKEN, RELATION, call


def zero_shot(*, parity: bool = False) -> Signal:
    """The answer after its instruction."""
    return _signal("answer_zero_shot", lambda _: (), parity)


def after_example(*, parity: bool = False) -> Signal:
    """The answer after an example and its instruction; the sample carries the example."""
    return _signal("answer_after_example", lambda sample: sample.example, parity)


def _signal(name: str, example: Callable[[Sample], tuple[str, ...]], parity: bool) -> Signal:
    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response:
            return NO_RESPONSE
        whole = reader.tokenizer.encode(f" {sample.response}")
        # The same part of the answer with and without an example: at most half of what the model reads.
        answer = whole[: max(1, reader.most // 2)] if reader.most else whole
        room = Reader(reader.tokenizer, reader.most and max(1, reader.most - len(answer)))

        def build(instruction: str, *shown: str) -> Ids:
            return reader.tokenizer.encode(_prompt(instruction, shown), special=True)

        prompt = fitted(build, [sample.instruction, *example(sample)], room)
        if isinstance(prompt, Failed):
            return prompt
        ids, start = prompt.ids + answer, max(1, len(prompt.ids))
        if start >= len(ids):
            return NO_TOKEN
        return Asked((Scored(ids, ((start, len(ids)),)),), prompt.cut + len(whole) - len(answer))

    def ask_as_reference(sample: Sample, reader: Reader) -> Asked | Failed:
        prompt = _prompt(sample.instruction, example(sample)) + " "
        ids = reader.tokenizer.encode(prompt + sample.response, special=True)
        kept = ids[: reader.most or None]
        start = len(reader.tokenizer.encode(prompt, special=True))
        if len(kept) < len(ids):
            start = min(start, len(kept) - 1)
        if max(1, start) >= len(kept):
            return NO_TOKEN
        return Asked((Scored(kept, ((max(1, start), len(kept)),)),), len(ids) - len(kept))

    return Signal(name, "1", RELATION, "token_signals", ask_as_reference if parity else ask, call, row, parity=parity)


def _prompt(instruction: str, example: tuple[str, ...]) -> str:
    shown = f"User: {example[0]}\nAssistant: {example[1]}\n" if example else ""
    return f"{shown}User: {instruction}\nAssistant:"
