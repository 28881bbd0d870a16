"""Signals of reward models and classifiers: a sample as the text their heads were trained on.

Kept are the raw outputs of the head; of a text in pieces, their mean weighted by tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scorers.engines.interface import Engine, Failed, Ids, Pooled, Prompt, Tokenizer
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import Frame, fitted, longest_first

RELATION = "rewards"
EMPTY = Failed("not_applicable", "the text is empty")


def chat(*, parity: bool = False) -> Signal:
    """Question and answer by the model's chat template: Skywork, INF-ORM."""
    return _pair("chat", lambda reader: lambda *turns: _chat(reader.tokenizer, *turns), parity)


def chat_and_cls(*, parity: bool = False) -> Signal:
    """The same with the tokenizer's CLS token at the end, where the head of Athene reads.

    The reference tokenises the rendered chat once more, which may put a second start token in front.
    """

    def build(reader: Reader) -> Callable[..., Ids]:
        if reader.tokenizer.cls is None:
            raise ValueError("the tokenizer has no CLS token")
        begin = Frame.of(reader.tokenizer).before if parity else ()
        return lambda *turns: (*begin, *_chat(reader.tokenizer, *turns), int(reader.tokenizer.cls or 0))

    return _pair("chat_and_cls", build, parity)


def pair(*, parity: bool = False) -> Signal:
    """Question and answer as the tokenizer joins two texts: the DeBERTa reward model."""
    return _pair("pair", lambda reader: reader.tokenizer.pair, parity, ask_longest_first if parity else None)


def dialogue(*, parity: bool = False) -> Signal:
    """Question and answer after the names of a human and an assistant: the GPT-2 reward models."""

    def of(sample: Sample) -> Sample:
        return replace(sample, instruction=f"\n\nHuman: {sample.instruction}\n\nAssistant:")

    def build(reader: Reader) -> Callable[..., Ids]:
        return lambda question, answer: reader.tokenizer.pair(f"\n\nHuman: {question}\n\nAssistant:", answer)

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        return ask_longest_first(of(sample), reader)

    return _pair("dialogue", build, parity, ask if parity else None)


def whole(*, parity: bool = False, between: str = "\n") -> Signal:
    """Instruction and response as one text with the tokenizer's special tokens: classifiers of texts.

    - between: what separates them in parity form, whatever is empty.
    """

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        text = f"{sample.instruction}{between}{sample.response}" if parity else sample.joined
        if not text:
            return EMPTY
        frame, ids = Frame.of(reader.tokenizer), reader.tokenizer.encode(text)
        kept = ids[: reader.most - frame.size] if reader.most else ids
        return Asked((Prompt(frame.one(kept)),), len(ids) - len(kept))

    parameters = {"between": "blank line"} if between == "\n\n" else {}
    return Signal("whole", "1", RELATION, "pooled", ask, call, row, parameters, parity=parity)


def pieces(size: int, *, parity: bool = False) -> Signal:
    """The same without special tokens, in pieces of so many tokens: QuRater, which covers the whole text."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        ids = reader.tokenizer.encode(sample.both if parity else sample.joined)
        if not ids:
            return EMPTY
        return Asked(tuple(Prompt(ids[start : start + size]) for start in range(0, len(ids), size)))

    return Signal("pieces", "1", RELATION, "pooled", ask, call, row, {"size": size}, parity=parity)


def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
    """Outputs of the head."""
    return list(engine.pooled(requests))


def row(asked: Asked, outcomes: Sequence[Pooled]) -> Values:
    """The outputs, and how many tokens and pieces they are of."""
    sizes = np.array([len(request.ids) for request in asked.requests])
    values = np.stack([outcome.values for outcome in outcomes]).astype(np.float64)
    return {"tokens": int(sizes.sum()), "pieces": len(sizes), "values": (sizes @ values / sizes.sum()).tolist()}


def ask_longest_first(sample: Sample, reader: Reader) -> Asked:
    """Two texts as the reference cuts them: the longer one first."""
    frame = Frame.of(reader.tokenizer)
    first, second = (reader.tokenizer.encode(text) for text in (sample.instruction, sample.response))
    kept = first, second
    if reader.most:
        kept = longest_first(first, second, reader.most - frame.size - len(frame.between))
    return Asked((Prompt(frame.two(*kept)),), len(first) + len(second) - len(kept[0]) - len(kept[1]))


def _pair(name: str, build: Callable[[Reader], Callable[..., Ids]], parity: bool, asking: Any = None) -> Signal:
    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response and not parity:
            return NO_RESPONSE
        found = fitted(build(reader), (sample.instruction, sample.response), reader)
        return found if isinstance(found, Failed) else Asked((Prompt(found.ids),), found.cut)

    return Signal(name, "1", RELATION, "pooled", asking or ask, call, row, parity=parity)


def _chat(tokenizer: Tokenizer, question: str, answer: str) -> Ids:
    return tokenizer.chat([("user", question), ("assistant", answer)], generation=False)
