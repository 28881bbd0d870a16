"""Signals of reward models and classifiers: a sample as the text their heads were trained on.

Kept are the raw outputs of the head; of a text in pieces, their mean weighted by tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scorers.engines.interface import Engine, Failed, Ids, Pooled, Prompt, Tokenizer
from scorers.signals.answer import NO_RESPONSE
from scorers.signals.asking import Asked, Reader, Sample, Signal, Values
from scorers.signals.fitting import Frame, fitted

RELATION = "rewards"
EMPTY = Failed("not_applicable", "the text is empty")


def chat() -> Signal:
    """Question and answer by the model's chat template: Skywork, INF-ORM."""
    return _pair("chat", lambda reader: lambda *turns: _chat(reader.tokenizer, *turns))


def chat_and_cls() -> Signal:
    """The same with the tokenizer's CLS token at the end, where the head of Athene reads."""

    def build(reader: Reader) -> Callable[..., Ids]:
        if reader.tokenizer.cls is None:
            raise ValueError("the tokenizer has no CLS token")
        return lambda *turns: (*_chat(reader.tokenizer, *turns), int(reader.tokenizer.cls or 0))

    return _pair("chat_and_cls", build)


def pair() -> Signal:
    """Question and answer as the tokenizer joins two texts: the DeBERTa reward model."""
    return _pair("pair", lambda reader: reader.tokenizer.pair)


def dialogue() -> Signal:
    """Question and answer after the names of a human and an assistant: the GPT-2 reward models."""

    def build(reader: Reader) -> Callable[..., Ids]:
        return lambda question, answer: reader.tokenizer.pair(f"\n\nHuman: {question}\n\nAssistant:", answer)

    return _pair("dialogue", build)


def whole() -> Signal:
    """Instruction and response as one text with the tokenizer's special tokens: classifiers of texts."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.joined:
            return EMPTY
        frame, ids = Frame.of(reader.tokenizer), reader.tokenizer.encode(sample.joined)
        kept = ids[: reader.most - frame.size] if reader.most else ids
        return Asked((Prompt(frame.one(kept)),), len(ids) - len(kept))

    return Signal("whole", "1", RELATION, "pooled", ask, call, row)


def pieces(size: int) -> Signal:
    """The same without special tokens, in pieces of so many tokens: QuRater, which covers the whole text."""

    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        ids = reader.tokenizer.encode(sample.joined)
        if not ids:
            return EMPTY
        return Asked(tuple(Prompt(ids[start : start + size]) for start in range(0, len(ids), size)))

    return Signal("pieces", "1", RELATION, "pooled", ask, call, row, {"size": size})


def call(engine: Engine, requests: Sequence[Any]) -> list[Any]:
    """Outputs of the head."""
    return list(engine.pooled(requests))


def row(asked: Asked, outcomes: Sequence[Pooled]) -> Values:
    """The outputs, and how many tokens and pieces they are of."""
    sizes = np.array([len(request.ids) for request in asked.requests])
    values = np.stack([outcome.values for outcome in outcomes]).astype(np.float64)
    return {"tokens": int(sizes.sum()), "pieces": len(sizes), "values": (sizes @ values / sizes.sum()).tolist()}


def _pair(name: str, build: Callable[[Reader], Callable[..., Ids]]) -> Signal:
    def ask(sample: Sample, reader: Reader) -> Asked | Failed:
        if not sample.response:
            return NO_RESPONSE
        found = fitted(build(reader), (sample.instruction, sample.response), reader)
        return found if isinstance(found, Failed) else Asked((Prompt(found.ids),), found.cut)

    return Signal(name, "1", RELATION, "pooled", ask, call, row)


def _chat(tokenizer: Tokenizer, question: str, answer: str) -> Ids:
    return tokenizer.chat([("user", question), ("assistant", answer)], generation=False)
