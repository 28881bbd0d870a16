"""What an engine is asked and what it answers; every implementation (vLLM, a server, Transformers) has this form.

Every request has an outcome at its place: a value, or `Failed` with a status and a reason. Requests are token ids made
with the engine's tokenizer, so that a scaffold is never truncated by an engine: who builds a prompt cuts its content.
An engine lists what it can do; to be asked for more raises `LacksCapabilityError`, nothing is substituted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from lake.errors import OdaError
from scorers.models.facts import ModelFacts

Ids = tuple[int, ...]
Floats = npt.NDArray[np.float32]
Capability = Literal["token_signals", "next_token", "pooled", "embed", "singular_values", "gradients", "generate"]
FailedStatus = Literal["failed", "too_long", "not_applicable"]

TOP_SHARE = 0.005
"""The share of tokens, those of highest entropy, that HES sums."""


class LacksCapabilityError(OdaError):
    """An engine, or a model of that kind, cannot do what is asked."""

    @classmethod
    def of(cls, engine: str, capability: str, *, hint: str = "") -> LacksCapabilityError:
        """Name both the engine and the thing it cannot do."""
        return cls(f"The engine {engine} cannot do {capability}.", hint=hint or "Set another engine for this model.")


class EngineError(OdaError):
    """An engine cannot be started, or cannot go on: no row is to blame, and none gets a status.

    - partial: the outcomes that came before, at their places, None for the rest; empty where none did.
    """

    partial: Sequence[Any] = ()

    def as_dict(self) -> dict[str, object]:
        """The error as one JSON object, without outcomes."""
        return {key: value for key, value in super().as_dict().items() if key != "partial"}


class NotLoadedError(EngineError):
    """An engine cannot load its model: whatever is asked of it, to try again is to load in vain again."""


@dataclass(frozen=True)
class Failed:
    """No value for one request: as it is stored with the row."""

    status: FailedStatus
    reason: str


@dataclass(frozen=True)
class Prompt:
    """What a model reads: token ids, or for `generate` chat messages that the engine renders by the model's template.

    - messages: (role, content); a server renders them itself.
    - template: arguments of the chat template, such as (("enable_thinking", False),).
    """

    ids: Ids = ()
    messages: tuple[tuple[str, str], ...] = ()
    template: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Scored:
    """A text whose tokens are scored in one forward pass.

    - ids: the whole text, 1 or more tokens.
    - spans: half-open ranges [start, end) of positions whose tokens are scored given all before them; start >= 1, since
      nothing precedes the first token. One text may have several: the whole, the answer.
    - arrays: return the values of every token of the first span too.
    - top_share: the share of a span's tokens, those of the highest entropy, that are summed apart.
    """

    ids: Ids
    spans: tuple[tuple[int, int], ...]
    arrays: bool = False
    top_share: float = TOP_SHARE


@dataclass(frozen=True)
class SpanSignals:
    """Sums over the tokens of a span, in nats; computed from float32 logits, added up in float64.

    - log_probability: sum of ln p(token).
    - entropy: sum of the entropies H_t = -sum_v p ln p of the distributions that predict the tokens.
    - threshold: the percentile 100 (1 - top_share) of the H_t, linear interpolation (HES, arXiv 2605.22389).
    - top_entropy, top_tokens: sum and number of the H_t >= threshold.
    - uncertainty: sum of sigmoid(-ln p) max(0, 1 - H_t / ln V), V the vocabulary (UPD, arXiv 2503.11441).
    """

    tokens: int
    log_probability: float
    entropy: float
    threshold: float
    top_entropy: float
    top_tokens: int
    uncertainty: float


@dataclass(frozen=True)
class TokenSignals:
    """The signals of a text: one for each of its spans, and float32 values per token of the first where asked for."""

    spans: tuple[SpanSignals, ...]
    log_probabilities: Floats | None = None
    entropies: Floats | None = None


@dataclass(frozen=True)
class NextToken:
    """Log-probabilities (nats, over the whole vocabulary) of the candidates as the next token, in their order."""

    log_probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Pooled:
    """The raw outputs of a reward or classification head: no softmax, no sigmoid; float32[labels]."""

    values: Floats


@dataclass(frozen=True)
class Embedded:
    """The pooled vector of a text, float32[d] of length 1, and singular values of its last hidden states on request."""

    vector: Floats
    singular_values: Floats | None = None


@dataclass(frozen=True)
class GradientSignals:
    """What one backward pass of the mean loss of the first span gives.

    - norm: Euclidean norm of the gradient of every parameter (GraNd, arXiv 2107.07075).
    - effective_rank, nuclear_norm: by matrix (q, k, v, o), means over the chosen layers (arXiv 2504.10766).
    - fisher: mean squared gradient per token of the bias of the last norm (Task2Vec, arXiv 1902.03545); float32[d].
    """

    loss: float
    norm: float
    effective_rank: Mapping[str, float] = field(default_factory=dict)
    nuclear_norm: Mapping[str, float] = field(default_factory=dict)
    fisher: Floats | None = None


@dataclass(frozen=True)
class Sampling:
    """How to generate.

    - temperature: 0 is greedy.
    - schema: the JSON schema every answer has to follow; enforced by the engine where it can.
    - seed: the same seed, prompt and engine give the same answers as far as the engine can promise it.
    """

    max_tokens: int = 512
    n: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    schema: Mapping[str, Any] | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completion:
    """One answer.

    - finish: `stop`, or `length` where max_tokens cut it off (JSON is then incomplete), or what else a server says.
    - tokens: of the answer; 0 where a server tells only the sum of several answers, see `Calls`.
    """

    text: str
    finish: str
    tokens: int


@dataclass(frozen=True)
class Generated:
    """The answers to one prompt, `Sampling.n` of them."""

    completions: tuple[Completion, ...]
    prompt_tokens: int


@dataclass
class Calls:
    """What an engine has done since it was opened; the counts of several may be added up.

    - forwards: texts that went through the model once (prefill, scoring or pooling); backwards, generations likewise.
    - batches: calls of the model; padding_tokens: positions computed for nothing.
    - seconds: spent in the engine; price: in the currency of the model's facts, of servers that have a price.
    """

    forwards: int = 0
    backwards: int = 0
    generations: int = 0
    batches: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    padding_tokens: int = 0
    failed: int = 0
    retries: int = 0
    restarts: int = 0
    seconds: float = 0.0
    price: float = 0.0

    def add(self, other: Calls) -> None:
        """Add the counts of another."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def since(self, before: Calls) -> Calls:
        """What has come since an earlier copy."""
        return Calls(**{each.name: getattr(self, each.name) - getattr(before, each.name) for each in fields(self)})

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens read and written per second in the engine; None before anything was."""
        tokens = self.prompt_tokens + self.generated_tokens
        return tokens / self.seconds if tokens and self.seconds else None


class Tokenizer(Protocol):
    """The tokenizer of a model, in the process that builds prompts."""

    bos: int | None
    eos: int | None
    pad: int | None
    cls: int | None

    def encode(self, text: str, *, special: bool = False) -> Ids:
        """Token ids; special: with the tokens the model's tokenizer adds around a text."""

    def encode_all(self, texts: Sequence[str], *, special: bool = False) -> list[Ids]:
        """The same for many texts at once."""

    def offsets(self, text: str, *, special: bool = False) -> tuple[Ids, tuple[tuple[int, int], ...]]:
        """Token ids, and for each the range of characters of the text it stands for."""

    def pair(self, first: str, second: str) -> Ids:
        """Two texts as the model's tokenizer joins them, with its special tokens."""

    def chat(self, messages: Sequence[tuple[str, str]], *, generation: bool = True, **template: Any) -> Ids:
        """Messages (role, content) by the model's chat template; generation: with the header of an answer."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens."""

    def token(self, text: str) -> int | None:
        """The id of a token of the vocabulary; None where it has no such token."""


class Engine(Protocol):
    """A loaded model. Close it: its memory is given back then, and only then."""

    @property
    def name(self) -> str:
        """Which engine it is, such as `vllm`."""

    @property
    def facts(self) -> ModelFacts:
        """The model, with the revision that is loaded and the type of its weights in memory."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do with this model."""

    @property
    def calls(self) -> Calls:
        """What it has done since it was opened."""

    @property
    def stamp(self) -> str:
        """What of the engine its numbers depend on, for versions: `vllm+float32`.

        It ends in `+batch_dependent` where the same text in another batch may give other last digits.
        """

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer; raises LacksCapabilityError for a server whose tokenizer is not known."""

    def token_signals(self, requests: Sequence[Scored]) -> list[TokenSignals | Failed]:
        """Signals of texts: one forward each, in memory that does not grow with text length times vocabulary."""

    def next_token(self, requests: Sequence[Prompt], candidates: Sequence[int]) -> list[NextToken | Failed]:
        """The distribution after each prompt (of an encoder-decoder: at its first step), at the candidates."""

    def pooled(self, requests: Sequence[Prompt]) -> list[Pooled | Failed]:
        """Outputs of the head of a reward model or classifier."""

    def embed(
        self, requests: Sequence[Prompt], *, svd_tokens: int = 0, evenly: bool = False
    ) -> list[Embedded | Failed]:
        """Vectors; svd_tokens > 0: singular values of the hidden states of at most that many tokens too.

        These are the last ones, or evenly spaced from the first to the last.
        """

    def gradients(
        self, requests: Sequence[Scored], *, layers: Sequence[int] = (-1,), fisher: bool = False
    ) -> list[GradientSignals | Failed]:
        """One backward pass each; layers: whose attention matrices are decomposed, those below 0 from the end.

        With `fisher` and no layers there is no backward pass, since the Fisher information has a closed form; loss and
        norm are NaN then.
        """

    def generate(self, requests: Sequence[Prompt], sampling: Sampling) -> list[Generated | Failed]:
        """Answers."""

    def close(self) -> None:
        """End the engine and give its memory back."""
