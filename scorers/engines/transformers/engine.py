"""The engine of Transformers: one model in this process, asked in batches of a budget of positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from scorers.engines.interface import (
    Calls,
    Capability,
    Embedded,
    Failed,
    Generated,
    GradientSignals,
    Ids,
    LacksCapabilityError,
    NextToken,
    Pooled,
    Prompt,
    Sampling,
    Scored,
    TokenSignals,
)
from scorers.engines.options import Options
from scorers.engines.spans import refusal
from scorers.engines.tokenizer import HubTokenizer
from scorers.engines.transformers import batching, encoder_decoder, gradients
from scorers.engines.transformers.causal import Causal
from scorers.engines.transformers.loading import head_of, load, readable
from scorers.engines.transformers.pooling import Pooling
from scorers.models.facts import Head, ModelFacts
from scorers.models.weights import locate

T = TypeVar("T")

NAME = "transformers"

CAN: dict[Head, frozenset[Capability]] = {
    "causal": frozenset({"token_signals", "next_token", "gradients", "embed", "singular_values"}),
    "encoder_decoder": frozenset({"next_token"}),
    "embedding": frozenset({"embed", "singular_values"}),
    "classifier": frozenset({"pooled"}),
    "reward": frozenset({"pooled"}),
}
"""What it can do, by the head of the model."""


class TransformersEngine:
    """A loaded model; see `scorers.engines.interface.Engine`."""

    def __init__(self, facts: ModelFacts, options: Options | None = None) -> None:
        options = options or Options()
        weights = locate(facts)
        folder = weights.folder
        self.name = NAME
        self.calls = Calls()
        self.tokenizer = HubTokenizer(folder, trust_remote_code=facts.trust_remote_code)
        self.capabilities: frozenset[Capability] = CAN.get(facts.head, frozenset())
        model = load(facts, folder, options)
        dtype: Any = str(model.dtype).removeprefix("torch.")
        length = options.length(facts.max_length or readable(model.config))
        self.facts = replace(facts, revision=weights.revision, dtype=dtype, max_length=length)
        self.stamp = f"{NAME}+{dtype}+batch_dependent"
        self._budget = options.batch_tokens
        self._model: Any = model
        self._causal = Causal(model) if facts.head == "causal" else None
        self._pooling: Pooling | None = None
        if facts.head in ("classifier", "reward"):
            head = head_of(folder, facts.module, model) if facts.module else getattr(model, "score", None)
            body = model if facts.module or head is None else model.base_model
            self._pooling = Pooling(body, head, self._read_at())
        elif facts.head in ("embedding", "causal"):
            self._pooling = Pooling(model.base_model, None, self._read_at())

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """Signals of texts: one forward each."""
        causal = self._require("token_signals")
        return self._run(
            [request.ids for request in requests],
            lambda rows: causal.token_signals([requests[row] for row in rows]),
            lambda row: refusal(requests[row], self.facts.max_length),
        )

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The distribution after each prompt, at the candidates; of an encoder-decoder, at its first step."""
        causal = self._require("next_token")
        ids = [request.ids for request in requests]
        if causal is None:
            return self._run(
                ids, lambda rows: encoder_decoder.first_token(self._model, [ids[row] for row in rows], candidates)
            )
        return self._run(ids, lambda rows: causal.next_token([ids[row] for row in rows], candidates))

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Outputs of the head of a reward model or classifier."""
        self._require("pooled")
        ids = [request.ids for request in requests]
        pooling = self._pooling
        assert pooling is not None
        return self._run(ids, lambda rows: pooling.pooled([ids[row] for row in rows]))

    def embed(
        self, requests: Sequence[Prompt], *, svd_tokens: int = 0, evenly: bool = False
    ) -> list[Embedded | Failed]:
        """Vectors; svd_tokens > 0: singular values of the states of at most that many tokens too."""
        self._require("singular_values" if svd_tokens else "embed")
        ids = [request.ids for request in requests]
        pooling = self._pooling
        assert pooling is not None
        return self._run(
            ids,
            lambda rows: pooling.embed([ids[row] for row in rows], svd_tokens, evenly=evenly),
        )

    def gradients(
        self, requests: Sequence[Scored], *, layers: Sequence[int] = (-1,), fisher: bool = False
    ) -> list[GradientSignals | Failed]:
        """One backward pass each, but for the Fisher information alone."""
        causal = self._require("gradients")
        backward = bool(layers) or not fisher

        def work(rows: list[int]) -> list[GradientSignals | Failed]:
            found = [gradients.of_request(causal, requests[row], layers, fisher, backward) for row in rows]
            self.calls.backwards += len(rows) if backward else 0
            return found

        return self._run(
            [request.ids for request in requests],
            work,
            lambda row: refusal(requests[row], self.facts.max_length),
            budget=1,  # gradients of several texts would be added up
        )

    def generate(
        self,
        requests: Sequence[Prompt],  # noqa: ARG002 - of the interface
        sampling: Sampling,  # noqa: ARG002
    ) -> list[Generated | Failed]:
        """Not offered: vLLM and servers generate; raises LacksCapabilityError."""
        raise LacksCapabilityError.of(NAME, "generate")

    def close(self) -> None:
        """Forget the model; a process of its own gives all of its memory back."""
        self._model = self._causal = self._pooling = None
        batching.release()

    def _run(
        self,
        ids: Sequence[Ids],
        work: Callable[[list[int]], list[T | Failed]],
        refused: Callable[[int], Failed | None] | None = None,
        *,
        budget: int | None = None,
    ) -> list[T | Failed]:
        def too_long(row: int) -> Failed | None:
            if not ids[row]:
                return Failed("not_applicable", "the text has no tokens")
            if self.facts.max_length and len(ids[row]) > self.facts.max_length:
                return Failed("too_long", f"{len(ids[row]):,} tokens, the model reads {self.facts.max_length:,}")
            return None if refused is None else refused(row)

        with self._timed():
            return batching.run(ids, work, refused=too_long, budget=budget or self._budget, calls=self.calls)

    def _require(self, capability: Capability) -> Any:
        if capability not in self.capabilities:
            raise LacksCapabilityError.of(f"{NAME} with the model {self.facts.name} ({self.facts.head})", capability)
        return self._causal

    def _read_at(self) -> str | int:
        """Where the head reads; `cls` as the id of that token."""
        if self.facts.read_at != "cls":
            return self.facts.read_at or "last"
        if self.tokenizer.cls is None:
            raise LacksCapabilityError.of(NAME, f"reading {self.facts.name} at a CLS token, which it does not have")
        return self.tokenizer.cls

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.calls.seconds += time.monotonic() - started
