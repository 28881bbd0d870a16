"""Models behind a server that speaks the protocol of OpenAI; what only vLLM's server can do is asked of none other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from scorers.engines import speeds
from scorers.engines.interface import (
    Calls,
    Capability,
    Completion,
    Embedded,
    EngineError,
    Failed,
    Generated,
    GradientSignals,
    LacksCapabilityError,
    NextToken,
    Pooled,
    Prompt,
    Sampling,
    Scored,
    Tokenizer,
    TokenSignals,
)
from scorers.engines.openai.client import Client, Request
from scorers.engines.options import Options
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.facts import Head, ModelFacts
from scorers.models.weights import at_hand

Read = Callable[[dict[str, Any]], Any]
"""How an outcome is read from the answer of a server."""

_CHARACTERS = 4
"""Of a token, for the pace of requests, where the tokenizer is not at hand."""


CAN: dict[Head, frozenset[Capability]] = {
    "causal": frozenset({"generate", "next_token"}),
    "embedding": frozenset({"embed"}),
    "classifier": frozenset({"pooled"}),
    "reward": frozenset({"pooled"}),
}
"""What a server of vLLM can do, by the head of the model; others do less."""


class OpenaiEngine:
    """A server; see `scorers.engines.interface.Engine`. The model stays with it: closing ends connections only."""

    name = "openai"
    survives = True

    def __init__(self, facts: ModelFacts, options: Options) -> None:
        self.facts = facts
        self.options = options
        self.calls = Calls()
        self._done: dict[str, Calls] = {}
        self._client = Client(facts, options, self.calls)
        try:
            self.capabilities = self._look()
        except BaseException:
            self._client.close()
            raise

    @property
    def stamp(self) -> str:
        """What of the engine its numbers depend on: a server says nothing of its batches."""
        return "openai+batch_dependent"

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer where its files are on this machine; raises LacksCapabilityError otherwise."""
        found = at_hand(self.facts, hashed=False)
        if found is None:
            raise LacksCapabilityError.of(
                self.name,
                f"tokens of {self.facts.name}",
                hint=f"Fetch its tokenizer: oda models fetch {self.facts.name} --tokenizer",
            )
        return HubTokenizer(found.folder, trust_remote_code=self.facts.trust_remote_code)

    def generate(self, requests: Sequence[Prompt], sampling: Sampling) -> list[Generated | Failed]:
        """Answers to chat messages, or continuations of token ids."""
        self._need("generate")
        return self._asked("generate", [self._question(each, sampling) for each in requests], self._answers)

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The log-probabilities of the candidates after each prompt."""
        self._need("next_token")
        asked: dict[str, Any] = {
            "model": self.facts.id,
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": len(candidates),
            "logprob_token_ids": list(candidates),
            "return_tokens_as_token_ids": True,
        }

        def read(found: dict[str, Any]) -> NextToken | Failed:
            known = found["choices"][0]["logprobs"]["top_logprobs"][0]
            values = tuple(float(known[f"token_id:{candidate}"]) for candidate in candidates)
            return NextToken(values) if not any(map(math.isnan, values)) else _NOT_FINITE

        asked["prompt"] = None
        return self._asked("next_token", [self._of_ids("/completions", each, asked) for each in requests], read)

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Raw outputs of the head."""
        self._need("pooled")
        asked = {"model": self.facts.id, "use_activation": False, "input": None}

        def read(found: dict[str, Any]) -> Pooled | Failed:
            values = np.asarray(found["data"][0]["probs"], np.float32)
            return Pooled(values) if np.isfinite(values).all() else _NOT_FINITE

        return self._asked("pooled", [self._of_ids("/classify", each, asked, root=True) for each in requests], read)

    def embed(
        self,
        requests: Sequence[Prompt],
        *,
        svd_tokens: int = 0,
        evenly: bool = False,  # noqa: ARG002 - of the interface
    ) -> list[Embedded | Failed]:
        """Vectors of length 1."""
        self._need("singular_values" if svd_tokens else "embed")

        def read(found: dict[str, Any]) -> Embedded | Failed:
            vector = np.asarray(found["data"][0]["embedding"], np.float32)
            size = float(np.linalg.norm(vector))
            return Embedded(vector / np.float32(size)) if size and math.isfinite(size) else _NOT_FINITE

        asked = {"model": self.facts.id, "input": None}
        return self._asked("embed", [self._of_ids("/embeddings", each, asked) for each in requests], read)

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:  # noqa: ARG002 - of the interface
        """Not to be had: servers give no entropies; raises LacksCapabilityError."""
        raise self._lacking("token_signals")

    def gradients(
        self,
        requests: Sequence[Scored],  # noqa: ARG002 - of the interface
        *,
        layers: Sequence[int] = (-1,),  # noqa: ARG002
        fisher: bool = False,  # noqa: ARG002
    ) -> list[GradientSignals | Failed]:
        """Not to be had: servers compute none; raises LacksCapabilityError."""
        raise self._lacking("gradients")

    def close(self) -> None:
        """Close the connections."""
        speeds.learn(self.facts.id, self.stamp, self._done)
        self._done = {}
        self._client.close()

    def _look(self) -> frozenset[Capability]:
        """What the server can do with this model; raises EngineError where it serves other models only."""
        listed = self._client.get("/models")
        models = {str(each.get("id")): each for each in (listed or {}).get("data", []) if isinstance(each, dict)}
        served = sorted(models)[:10]
        if listed is not None and models and self.facts.id not in models:
            raise EngineError(
                f"The server {self._client.place} does not serve {self.facts.id}; it serves {', '.join(served)}.",
                hint=f"Serve it there (vllm serve {self.facts.id}), or correct `id` of the model.",
            )
        self._vllm = models.get(self.facts.id, {}).get("owned_by") == "vllm"
        if not self._vllm:
            return frozenset({"generate"} if self.facts.head == "causal" else {"embed"})
        return CAN.get(self.facts.head, frozenset())

    def _question(self, prompt: Prompt, sampling: Sampling) -> Request | Failed:
        body: dict[str, Any] = {
            "model": self.facts.id,
            "max_tokens": sampling.max_tokens,
            "n": sampling.n,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.schema is not None:
            schema = {"name": "answer", "schema": dict(sampling.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        room = sampling.max_tokens * sampling.n
        if not prompt.messages:
            return self._of_ids("/completions", prompt, {**body, "prompt": None}, room=room)
        if prompt.template and self._vllm:
            body["chat_template_kwargs"] = dict(prompt.template)
        body["messages"] = [{"role": role, "content": content} for role, content in prompt.messages]
        characters = sum(len(content) for _, content in prompt.messages)
        return Request("/chat/completions", body, characters // _CHARACTERS + room)

    def _of_ids(
        self, path: str, prompt: Prompt, body: dict[str, Any], *, room: int = 1, root: bool = False
    ) -> Request | Failed:
        if not prompt.ids:
            return Failed("not_applicable", "the text has no tokens")
        longest = self.facts.max_length
        if longest and len(prompt.ids) + room > longest + (0 if room > 1 else 1):
            return Failed("too_long", f"{len(prompt.ids):,} tokens, the model reads {longest:,}")
        given = {key: list(prompt.ids) if value is None else value for key, value in body.items()}
        return Request(path, given, len(prompt.ids) + room, root)

    def _answers(self, found: dict[str, Any]) -> Generated:
        usage = found.get("usage") or {}
        choices = sorted(found["choices"], key=lambda choice: int(choice.get("index", 0)))
        if not choices:
            raise ValueError("no answer")
        made = int(usage.get("completion_tokens") or 0)
        answers = tuple(
            Completion(
                str((choice["message"]["content"] if "message" in choice else choice["text"]) or ""),
                str(choice.get("finish_reason") or "unknown"),
                made if len(choices) == 1 else 0,
            )
            for choice in choices
        )
        return Generated(answers, int(usage.get("prompt_tokens") or 0))

    def _asked(self, what: Capability, requests: list[Request | Failed], read: Read) -> list[Any]:
        """The outcomes of requests; an answer without what was asked fails its row only."""
        kind = "generations" if what == "generate" else "forwards"
        before, started = replace(self.calls), time.perf_counter()
        try:
            return [self._outcome(each, read, kind) for each in self._client.ask(requests)]
        except EngineError as error:
            error.partial = [None if each is None else self._outcome(each, read, kind) for each in error.partial]
            raise
        finally:
            self.calls.batches += 1
            self.calls.seconds += time.perf_counter() - started
            self._done.setdefault(what, Calls()).add(self.calls.since(before))

    def _outcome(self, found: Any, read: Read, kind: str) -> Any:
        if isinstance(found, Failed):
            self.calls.failed += 1
            return found
        try:
            outcome = read(found)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            outcome = Failed(
                "failed", f"the answer of the server lacks what was asked ({type(error).__name__}: {error})"
            )
        setattr(self.calls, kind, getattr(self.calls, kind) + 1)
        self.calls.failed += isinstance(outcome, Failed)
        return outcome

    def _need(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise self._lacking(capability)

    def _lacking(self, capability: Capability) -> LacksCapabilityError:
        where = f"{capability} of {self.facts.name} at {self._client.place}"
        return LacksCapabilityError.of(self.name, where, hint="Use the engine vllm or transformers for it.")


_NOT_FINITE = Failed("failed", "the model gave numbers that are not finite")
