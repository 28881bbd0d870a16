"""Models through vLLM: answers, signals of tokens, distributions after a prompt, heads and vectors.

Signals of tokens come from the hidden states of every token, which vLLM gives as a pooling model, and an output layer
that is applied here a few positions at a time (`scorers.engines.output_layer`); vLLM's own log-probabilities of prompts
need length x vocabulary outside of its memory plan, and give no entropies. Gradients are not to be had from vLLM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lake.errors import UsageError
from scorers.engines.batches import Batches
from scorers.engines.interface import (
    Calls,
    Capability,
    Completion,
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
from scorers.engines.output_layer import OutputLayer, of_checkpoint
from scorers.engines.spans import refusal, scored_range, signals
from scorers.engines.states import chosen_states
from scorers.engines.tokenizer import HubTokenizer
from scorers.engines.vllm.runner import Mode, Runner, refuse_own_head
from scorers.models.facts import Head, ModelFacts
from scorers.models.weights import locate

HIDDEN_BYTES = 512 << 20
"""Of the hidden states of one call; a single text longer than that goes alone."""

CAN: dict[Head, frozenset[Capability]] = {
    "causal": frozenset({"token_signals", "next_token", "generate", "singular_values"}),
    "embedding": frozenset({"embed", "singular_values"}),
    "classifier": frozenset({"pooled"}),
    "reward": frozenset({"pooled"}),
}


class VllmEngine:
    """vLLM in this process, one at a time since they share what they set up; see `scorers.engines.interface.Engine`."""

    name = "vllm"
    survives = False
    """Whether it can go on after an exception: what vLLM had begun stays in it."""

    def __init__(self, facts: ModelFacts, options: Options) -> None:
        refuse_own_head(facts)
        weights = locate(facts)
        self.options = options
        self.folder = weights.folder
        self.facts = replace(facts, revision=weights.revision)
        self.capabilities: frozenset[Capability] = CAN.get(facts.head, frozenset())
        self.calls = Calls()
        self.runner: Runner | None = None
        if not self.capabilities:
            raise LacksCapabilityError.of(self.name, f"models of the kind {facts.head}")
        first: Mode = "generate" if facts.head == "causal" else "embed" if facts.head == "embedding" else "classify"
        self._start(first)

    @cached_property
    def tokenizer(self) -> HubTokenizer:
        """The model's tokenizer."""
        return HubTokenizer(self.folder, trust_remote_code=self.facts.trust_remote_code)

    @property
    def stamp(self) -> str:
        """What of the engine its numbers depend on."""
        assert self.runner is not None
        kept = self.runner.cpu or self.options.batch_invariant
        return f"vllm+{self.facts.dtype}" + ("" if kept else "+batch_dependent")

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """Signals of texts, one forward each."""
        self._need("token_signals")
        refused = [refusal(each, self._length) or self._refusal(each.ids) for each in requests]
        batches = Batches(requests, refused, self.calls)
        layer = self.output_layer
        width = 4 * int(layer.weight.shape[1])
        with batches.timed():
            for places in batches.within(HIDDEN_BYTES // width, weigh=lambda each: len(each.ids)):
                states = self._states([requests[place].ids for place in places])
                for place, hidden in zip(places, states, strict=True):
                    request = requests[place]
                    first, end = scored_range(request)
                    targets = np.array(request.ids[first:end], np.int64)
                    values = layer.token_values(hidden[first - 1 : end - 1], _tensor(targets))
                    batches.put(place, signals(request, *values, layer.vocabulary), tokens=len(request.ids))
        return batches.outcomes()

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The log-probabilities of the candidates after each prompt, one prefill each.

        Raises UsageError for a candidate that is no token of the model.
        """
        self._need("next_token")
        if any(not 0 <= candidate < self._vocabulary for candidate in candidates):
            raise UsageError(f"A candidate is none of the {self._vocabulary:,} tokens of {self.facts.name}.")
        from vllm import SamplingParams  # late: loaded with the engine

        wanted = SamplingParams(max_tokens=1, temperature=0.0, logprob_token_ids=list(candidates), detokenize=False)
        batches = Batches(requests, [self._refusal(each.ids, room=1) for each in requests], self.calls)
        with batches.timed():
            llm = self._llm("generate")
            for places in batches.within(self.options.batch_tokens * 8, weigh=lambda each: len(each.ids)):
                outputs = llm.generate([_tokens(requests[place].ids) for place in places], wanted, use_tqdm=False)
                for place, output in zip(places, outputs, strict=True):
                    found = output.outputs[0].logprobs[0]
                    values = tuple(float(found[candidate].logprob) for candidate in candidates)
                    outcome = NextToken(values) if all(np.isfinite(values)) or _impossible(values) else _NOT_FINITE
                    batches.put(place, outcome, tokens=len(requests[place].ids))
        return batches.outcomes()

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Raw outputs of the head."""
        self._need("pooled")
        from vllm import PoolingParams

        raw = PoolingParams(use_activation=False)
        batches = Batches(requests, [self._refusal(each.ids) for each in requests], self.calls)
        with batches.timed():
            llm = self._llm("classify")
            for places in batches.within(self.options.batch_tokens * 8, weigh=lambda each: len(each.ids)):
                outputs = llm.classify(
                    [_tokens(requests[place].ids) for place in places], pooling_params=raw, use_tqdm=False
                )
                for place, output in zip(places, outputs, strict=True):
                    values = np.asarray(output.outputs.probs, np.float32)
                    batches.put(place, _finite(values, Pooled(values)), tokens=len(requests[place].ids))
        return batches.outcomes()

    def embed(
        self, requests: Sequence[Prompt], *, svd_tokens: int = 0, evenly: bool = False
    ) -> list[Embedded | Failed]:
        """Vectors of length 1; with singular values of the states of at most `svd_tokens` tokens from one forward."""
        self._need("singular_values" if svd_tokens else "embed")
        batches = Batches(requests, [self._refusal(each.ids) for each in requests], self.calls)
        with batches.timed():
            if svd_tokens:
                for places in batches.within(self.options.batch_tokens, weigh=lambda each: len(each.ids)):
                    states = self._states([requests[place].ids for place in places])
                    for place, hidden in zip(places, states, strict=True):
                        batches.put(
                            place, self._decomposed(hidden, svd_tokens, evenly=evenly), tokens=len(requests[place].ids)
                        )
                return batches.outcomes()
            llm = self._llm("embed")
            for places in batches.within(self.options.batch_tokens * 8, weigh=lambda each: len(each.ids)):
                outputs = llm.embed([_tokens(requests[place].ids) for place in places], use_tqdm=False)
                for place, output in zip(places, outputs, strict=True):
                    vector = np.asarray(output.outputs.embedding, np.float32)
                    batches.put(place, _finite(vector, Embedded(vector)), tokens=len(requests[place].ids))
        return batches.outcomes()

    def gradients(
        self,
        requests: Sequence[Scored],  # noqa: ARG002 - of the interface
        *,
        layers: Sequence[int] = (-1,),  # noqa: ARG002
        fisher: bool = False,  # noqa: ARG002
    ) -> list[GradientSignals | Failed]:
        """Not to be had: vLLM computes none; raises LacksCapabilityError."""
        raise self._lacking("gradients")

    def generate(self, requests: Sequence[Prompt], sampling: Sampling) -> list[Generated | Failed]:
        """Answers; with a schema, each is made to follow it token by token."""
        self._need("generate")
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        schema = StructuredOutputsParams(json=dict(sampling.schema)) if sampling.schema is not None else None
        wanted = SamplingParams(
            n=sampling.n,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed if sampling.temperature else None,
            stop=list(sampling.stop),
            structured_outputs=schema,
        )
        ids = [each.ids or self._rendered(each) for each in requests]
        refused = [self._refusal(each, room=sampling.max_tokens) for each in ids]
        batches = Batches(requests, refused, self.calls, kind="generations")
        with batches.timed():
            llm = self._llm("generate")
            for places in batches.within(1 << 40):
                outputs = llm.generate([_tokens(ids[place]) for place in places], wanted, use_tqdm=False)
                for place, output in zip(places, outputs, strict=True):
                    answers = tuple(
                        Completion(each.text, str(each.finish_reason), len(each.token_ids)) for each in output.outputs
                    )
                    made = sum(each.tokens for each in answers)
                    batches.put(place, Generated(answers, len(ids[place])), tokens=len(ids[place]), made=made)
        return batches.outcomes()

    def close(self) -> None:
        """Give the memory back."""
        if self.runner is not None:
            self.runner.close()
        self.runner = None
        self.__dict__.pop("output_layer", None)

    @cached_property
    def output_layer(self) -> OutputLayer:
        """The layer after the last hidden states, on the GPU where there is one."""
        assert self.runner is not None
        return of_checkpoint(self.folder, device="cpu" if self.runner.cpu else "cuda")

    @property
    def _vocabulary(self) -> int:
        assert self.runner is not None
        return int(self.runner.llm.llm_engine.vllm_config.model_config.get_vocab_size())

    @property
    def _length(self) -> int:
        return self.options.length(self.facts.max_length)

    def _need(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise self._lacking(capability)

    def _lacking(self, capability: Capability) -> LacksCapabilityError:
        what = f"{capability} of {self.facts.name} ({self.facts.head})"
        return LacksCapabilityError.of(self.name, what, hint="Use the engine transformers for it.")

    def _start(self, mode: Mode) -> None:
        """Have vLLM loaded for a mode; of one engine, only one is loaded at a time."""
        if self.runner is not None:
            if self.runner.mode == mode:
                return
            self.close()
        reserved = _file_bytes(self.folder) // 8 if mode == "token_embed" else 0
        self.runner = Runner(self.facts, self.folder, self.options, mode, reserved=reserved)
        self.facts = replace(self.facts, dtype=self.runner.dtype)

    def _llm(self, mode: Mode) -> Any:
        self._start(mode)
        assert self.runner is not None
        return self.runner.llm

    def _states(self, texts: list[tuple[int, ...]]) -> Iterator[Any]:
        """The hidden states of every token of each text, float32 (tokens, width), after the last norm."""
        llm = self._llm("token_embed")
        outputs = llm.encode([_tokens(ids) for ids in texts], pooling_task="token_embed", use_tqdm=False)
        return (output.outputs.data for output in outputs)

    def _decomposed(self, hidden: Any, most: int, *, evenly: bool) -> Embedded | Failed:
        import torch

        states = hidden.float()
        read = {"first": states[0], "mean": states.mean(0)}.get(self.facts.read_at, states[-1])
        vector = torch.nn.functional.normalize(read, dim=0).numpy()
        if not torch.isfinite(states).all():
            return _NOT_FINITE
        return Embedded(vector, torch.linalg.svdvals(chosen_states(states, most, evenly=evenly)).numpy())

    def _rendered(self, prompt: Prompt) -> tuple[int, ...]:
        return self.tokenizer.chat(prompt.messages, **dict(prompt.template)) if prompt.messages else ()

    def _refusal(self, ids: Ids, room: int = 0) -> Failed | None:
        """Why a text cannot be run, with `room` tokens to follow; None where it can."""
        if not ids:
            return Failed("not_applicable", "the text has no tokens")
        if len(ids) + room > self._length:
            more = f" and {room:,} to answer" if room > 1 else ""
            return Failed("too_long", f"{len(ids):,} tokens{more}, the model reads {self._length:,}")
        if max(ids) >= self._vocabulary or min(ids) < 0:
            return Failed("failed", f"the text has a token that is none of the {self._vocabulary:,} of the model")
        return None


_NOT_FINITE = Failed("failed", "the model gave numbers that are not finite")


def _finite(values: Any, outcome: Any) -> Any:
    return outcome if np.isfinite(values).all() else _NOT_FINITE


def _impossible(values: tuple[float, ...]) -> bool:
    """Whether some candidates have no probability at all, and the rest are numbers."""
    return not any(np.isnan(values)) and any(value == -np.inf for value in values) and max(values) < np.inf


def _tokens(ids: tuple[int, ...]) -> dict[str, Any]:
    return {"prompt_token_ids": list(ids)}


def _tensor(values: Any) -> Any:
    import torch

    return torch.from_numpy(values)


def _file_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))
