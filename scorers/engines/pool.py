"""Several engines with the same model, such as one for each GPU, as one: a batch is dealt out among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from scorers.engines.interface import (
    Calls,
    Capability,
    Embedded,
    Failed,
    Generated,
    GradientSignals,
    NextToken,
    Pooled,
    Prompt,
    Sampling,
    Scored,
    Tokenizer,
    TokenSignals,
)
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.models.facts import ModelFacts


class Pool:
    """Engines of one model, each in its process; see `scorers.engines.interface.Engine`."""

    def __init__(self, engines: Sequence[Process]) -> None:
        self._engines = list(engines)
        self._threads = ThreadPoolExecutor(len(self._engines), thread_name_prefix="engine")
        first = self._engines[0]
        self.name, self.facts = first.name, first.facts

    @classmethod
    def of(cls, facts: ModelFacts, options: Options, engine: str, groups: Sequence[tuple[int, ...]]) -> Pool:
        """An engine for each group of GPUs, all loading at once; where one cannot, the others are ended."""
        with ThreadPoolExecutor(len(groups)) as threads:
            begun = [threads.submit(Process, facts, replace(options, gpus=group), engine) for group in groups]
        failures = [each.exception() for each in begun if each.exception() is not None]
        if failures:
            for each in begun:
                if each.exception() is None:
                    each.result().close()
            assert failures[0] is not None
            raise failures[0]
        return cls([each.result() for each in begun])

    @property
    def calls(self) -> Calls:
        """What all of them have done; seconds are of the busiest."""
        total = Calls()
        for engine in self._engines:
            total.add(engine.calls)
        total.seconds = max(engine.calls.seconds for engine in self._engines)
        return total

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer."""
        return self._engines[0].tokenizer

    @property
    def stamp(self) -> str:
        """What of the engines their numbers depend on."""
        return self._engines[0].stamp

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What they can do."""
        return self._engines[0].capabilities

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """Signals of texts, one forward each."""
        return self._dealt(requests, lambda engine, part: engine.token_signals(part))

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The log-probabilities of the candidates after each prompt."""
        return self._dealt(requests, lambda engine, part: engine.next_token(part, candidates))

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Raw outputs of the head."""
        return self._dealt(requests, lambda engine, part: engine.pooled(part))

    def embed(
        self, requests: Sequence[Prompt], *, svd_tokens: int = 0, evenly: bool = False
    ) -> list[Embedded | Failed]:
        """Vectors, and singular values of the last hidden states on request."""
        return self._dealt(requests, lambda engine, part: engine.embed(part, svd_tokens=svd_tokens, evenly=evenly))

    def gradients(
        self, requests: Sequence[Scored], *, layers: Sequence[int] = (-1,), fisher: bool = False
    ) -> list[GradientSignals | Failed]:
        """One backward pass each."""
        return self._dealt(requests, lambda engine, part: engine.gradients(part, layers=layers, fisher=fisher))

    def generate(self, requests: Sequence[Prompt], sampling: Sampling) -> list[Generated | Failed]:
        """Answers."""
        return self._dealt(requests, lambda engine, part: engine.generate(part, sampling))

    def close(self) -> None:
        """End all of them."""
        for engine in self._engines:
            engine.close()
        self._threads.shutdown()

    def _dealt(self, requests: Sequence[Any], ask: Callable[[Process, list[Any]], list[Any]]) -> list[Any]:
        """Deal requests out by falling length, as cards are, so that all engines get about the same work."""
        order = sorted(range(len(requests)), key=lambda place: -len(requests[place].ids))
        hands = [order[first :: len(self._engines)] for first in range(len(self._engines))]
        begun = [
            self._threads.submit(ask, engine, [requests[place] for place in hand])
            for engine, hand in zip(self._engines, hands, strict=True)
            if hand
        ]
        outcomes: list[Any] = [None] * len(requests)
        try:
            found = [each.result() for each in begun]
        except BaseException:
            self.close()
            raise
        for hand, part in zip([hand for hand in hands if hand], found, strict=True):
            for place, outcome in zip(hand, part, strict=True):
                outcomes[place] = outcome
        return outcomes
