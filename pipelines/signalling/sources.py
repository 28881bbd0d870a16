"""Where answers come from: a model, the engine that runs it, and what of both its numbers depend on."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lake.errors import MissingExtraError
from scorers.engines.interface import Capability, Engine, EngineError, LacksCapabilityError
from scorers.engines.opening import NEEDS, PLACES, installed, start
from scorers.engines.options import Options
from scorers.models.facts import EngineName, ModelFacts
from scorers.models.weights import locate

_GPUS = ("/dev/nvidia0", "/dev/kfd")

_SHOWN = 12


@dataclass(frozen=True)
class Source:
    """A model in an engine, not yet loaded.

    - revision: which weights answer.
    - dtype: of the weights in memory, as the engine will say.
    """

    facts: ModelFacts
    engine: EngineName
    options: Options
    revision: str
    dtype: str

    @property
    def key(self) -> str:
        """Equal for what is loaded together."""
        return f"{self.facts.name}+{self.stamp}"

    @property
    def stamp(self) -> str:
        """What enters a version: `Qwen/Qwen3-8B@b968826d9c46+vllm+bfloat16+batch_dependent`."""
        model = f"{self.facts.id}@{self.revision[:_SHOWN]}" if self.revision else self.facts.id
        last = "" if self.repeats else "batch_dependent"
        return "+".join(filter(None, (model, self.engine, self.dtype, last)))

    @property
    def repeats(self) -> bool:
        """Whether a text has the same numbers in every batch, to the last bit; see `Engine.stamp`."""
        return self.engine == "vllm" and (self.options.batch_invariant or not on_gpu(self.options))

    @contextmanager
    def open(self) -> Iterator[Engine]:
        """The model, loaded; closed in the end."""
        with closing(start(self.facts, self.options, self.engine)) as engine:
            yield engine

    def checked(self, engine: Engine) -> Engine:
        """The loaded model, if it is what the version says; raises EngineError otherwise."""
        if self.engine != "openai" and engine.facts.dtype != self.dtype:
            raise EngineError(
                f"The model {self.facts.name} was to be loaded in {self.dtype} and is in {engine.facts.dtype}.",
                hint="Name the type as `dtype` in a file of the model, see docs/models.md.",
            )
        return engine


def source_of(facts: ModelFacts, capability: str, options: Options) -> Source:
    """The first of the model's engines that is installed and can do this.

    Raises MissingExtraError where none is installed, LacksCapabilityError where none can, and OdaError where the
    weights are not on this machine. Loads nothing.
    """
    able = [engine for engine in facts.engines if capability in capabilities(engine, facts)]
    if not able:
        raise LacksCapabilityError.of(f"{' or '.join(facts.engines)} with the model {facts.name}", capability)
    engine = next((engine for engine in able if installed(engine)), None)
    if engine is None:
        raise MissingExtraError.of(f"The model {facts.name}", NEEDS[able[0]][1])
    if engine == "openai":
        return Source(facts, engine, options, facts.revision, "")
    return Source(facts, engine, options, locate(facts).revision, dtype_of(facts, options))


def capabilities(engine: EngineName, facts: ModelFacts) -> frozenset[Capability]:
    """What an engine can do with a model of that kind; imports no library of models."""
    if engine not in PLACES:
        return frozenset()
    module = importlib.import_module(PLACES[engine].partition(":")[0])
    return cast("frozenset[Capability]", module.CAN.get(facts.head, frozenset()))


def dtype_of(facts: ModelFacts, options: Options) -> str:
    """The type in which the weights will be loaded: on a machine without a GPU float32, unless somebody says."""
    if options.dtype != "auto":
        return options.dtype
    return facts.dtype if on_gpu(options) else "float32"


def on_gpu(options: Options) -> bool:
    """Whether engines will run on a GPU of this machine."""
    return options.device != "cpu" and any(Path(place).exists() for place in _GPUS)
