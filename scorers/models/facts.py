"""What is known of a model before it is loaded; read from a TOML file, one a model."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from lake.errors import UnknownNameError, UsageError

Head = Literal["causal", "classifier", "reward", "encoder_decoder", "embedding", "fasttext"]
ReadAt = Literal["", "last", "first", "mean", "cls"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
EngineName = Literal["vllm", "transformers", "openai", "fasttext"]


@dataclass(frozen=True)
class ModelFacts:
    """A model.

    - name: the name of its file.
    - id: name on the hub, or what a server calls it; what is stored with values of it.
    - weights: folder of this machine that holds them (relative: from the folder of the file); empty: the hub's cache.
    - revision: commit of the hub; empty: of what is at hand, resolved when it is loaded and written into versions.
    - architecture: the class that its configuration names.
    - head: what its last layer gives: the next token, scores, one reward, a vector, words of an answer.
    - module: the head's weights, where the architecture is not one of the library's own (see `scorers.engines`).
    - labels: what the outputs of the head are, in their order.
    - read_at: whose state the head reads: `last` token, `first`, `mean` of all, the tokenizer's `cls` token; empty: as
      the configuration says.
    - template: how a sample becomes its text: `chat` by the tokenizer's template, else the scorer says.
    - dtype: of the weights in memory; sums of logits are float32 or better in any case.
    - max_length: tokens it can read.
    - engines: which can run it, the preferred one first.
    - parameters: millions of them.
    - licence: SPDX name, or the owner's; gated: whether the hub asks for consent first.
    - trust_remote_code: run code that lies with the weights; only a person turns it on.
    - server, key: for the engine openai: base URL, and the NAME of the variable that holds the key.
    - price_in, price_out: of a million tokens read and written, in `currency`.
    - requests_per_minute, tokens_per_minute: what the server allows; 0: no limit known.
    - concurrency, timeout: requests open at once, and seconds for an answer; 0: as an engine does by itself.
    """

    name: str
    id: str
    head: Head
    engines: tuple[EngineName, ...]
    weights: str = ""
    revision: str = ""
    architecture: str = ""
    module: str = ""
    labels: tuple[str, ...] = ()
    read_at: ReadAt = ""
    template: str = ""
    dtype: Dtype = "auto"
    max_length: int = 0
    parameters: float = 0.0
    licence: str = ""
    gated: bool = False
    trust_remote_code: bool = False
    server: str = ""
    key: str = ""
    price_in: float = 0.0
    price_out: float = 0.0
    currency: str = "USD"
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    concurrency: int = 0
    timeout: float = 0.0
    note: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder of this machine that is to hold its weights; None: the cache of the hub."""
        return Path(self.weights).expanduser() if self.weights else None

    @property
    def costs(self) -> bool:
        """Whether its tokens have a price."""
        return bool(self.price_in or self.price_out)


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "head": get_args(Head),
    "dtype": get_args(Dtype),
    "read_at": get_args(ReadAt),
}
_REQUIRED = tuple(each.name for each in fields(ModelFacts) if each.default is MISSING and each.name != "name")


def read(path: Path) -> ModelFacts:
    """The facts of a file; raises UsageError naming the file, the fact and what it may be."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"Cannot read the model {path}: {error}.", hint="Correct or remove the file.") from None
    if isinstance(weights := found.get("weights"), str) and weights:
        found["weights"] = str((path.parent / Path(weights).expanduser()).resolve())
    return of(path.stem, found, str(path))


def of(name: str, found: Mapping[str, Any], place: str) -> ModelFacts:
    """The facts of a mapping, checked; place: where they stand, for errors.

    Raises UnknownNameError for a fact of an unknown name, UsageError for one that is missing or wrong.
    """
    known = {each.name: each for each in fields(ModelFacts) if each.name != "name"}
    for fact in found:
        if fact not in known:
            raise UnknownNameError.of("fact of a model", fact, known, hint=f"It stands in {place}.")
    for fact in _REQUIRED:
        if not found.get(fact):
            raise _wrong(place, fact, "is missing")
    values = {fact: _checked(place, fact, given) for fact, given in found.items()}
    facts = ModelFacts(name=name, **values)
    if "openai" in facts.engines and not facts.server:
        raise _wrong(place, "server", "is missing, which the engine openai asks")
    if facts.head == "reward" and len(facts.labels) > 1:
        raise _wrong(place, "labels", "has more than one entry, but the head is reward")
    return facts


def _checked(place: str, fact: str, given: Any) -> Any:
    if fact in ("engines", "labels"):
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise _wrong(place, fact, "must be a list of texts")
        for each in given if fact == "engines" else ():
            if each not in get_args(EngineName):
                raise UnknownNameError.of("engine", each, get_args(EngineName), hint=f"It stands in {place}.")
        return tuple(given)
    wanted: type = str
    if fact not in _REQUIRED and fact not in _CHOICES:
        wanted = type(next(each.default for each in fields(ModelFacts) if each.name == fact))
    if wanted is float and type(given) is int:
        given = float(given)
    if type(given) is not wanted:
        raise _wrong(place, fact, f"must be of the type {wanted.__name__}, not {type(given).__name__}")
    if fact in _CHOICES and given not in _CHOICES[fact]:
        raise UnknownNameError.of(fact, str(given), _CHOICES[fact], hint=f"It stands in {place}.")
    if isinstance(given, (int, float)) and given < 0:
        raise _wrong(place, fact, "must not be negative")
    return given


def _wrong(place: str, fact: str, why: str) -> UsageError:
    return UsageError(f"The model in {place} is wrong: {fact} {why}.", hint="See docs/models.md for the facts.")
