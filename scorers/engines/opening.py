"""Which engine runs a model, and its opening: in this process, or in one of its own."""

from __future__ import annotations

import importlib
import importlib.util
from typing import cast

from lake.errors import MissingExtraError, UsageError
from scorers.engines.interface import Engine
from scorers.engines.options import Options
from scorers.models.facts import EngineName, ModelFacts

PLACES: dict[str, str] = {
    "vllm": "scorers.engines.vllm.engine:VllmEngine",
    "transformers": "scorers.engines.transformers.engine:TransformersEngine",
    "openai": "scorers.engines.openai.engine:OpenaiEngine",
}
"""The class of each engine; called with the facts of a model and options."""

NEEDS: dict[EngineName, tuple[str, str]] = {
    "vllm": ("vllm", "vllm"),
    "transformers": ("transformers", "models"),
    "openai": ("httpx", "judge"),
    "fasttext": ("fasttext", "models"),
}
"""The module each engine imports, and the extra that brings it."""


def installed(engine: EngineName) -> bool:
    """Whether what an engine imports is installed; imports nothing."""
    return importlib.util.find_spec(NEEDS[engine][0]) is not None


def choose(facts: ModelFacts, wanted: EngineName | None = None) -> EngineName:
    """The engine for a model: the wanted one, else the first of its facts that is installed.

    Raises MissingExtraError where it is not installed, UsageError for one the model cannot run in.
    """
    if wanted is not None and wanted not in facts.engines:
        raise UsageError(
            f"The model {facts.name} does not run in the engine {wanted}, only in {', '.join(facts.engines)}.",
            hint=f"Name {wanted} among `engines` in a file {facts.name}.toml of your own, see docs/models.md.",
        )
    candidates = (wanted,) if wanted else facts.engines
    for engine in candidates:
        if installed(engine):
            return engine
    raise MissingExtraError.of(f"The model {facts.name}", NEEDS[candidates[0]][1])


def open_here(facts: ModelFacts, options: Options, engine: str) -> Engine:
    """An engine in this process, by its name or as `module:Class`; raises EngineError where it cannot load."""
    module, _, name = PLACES.get(engine, engine).partition(":")
    return cast("Engine", getattr(importlib.import_module(module), name)(facts, options))


def start(facts: ModelFacts, options: Options, wanted: EngineName | None = None) -> Engine:
    """An engine for a model, ready to be asked: what holds a model runs in a process of its own, a client here.

    With more GPUs named than hold one model together, there is an engine for each group of them.

    Raises UsageError for an engine that cannot serve the model.
    """
    from scorers.engines.pool import Pool  # late: this module is imported by the children too
    from scorers.engines.process import Process

    engine = choose(facts, wanted)
    if engine == "openai":
        return open_here(facts, options, engine)
    width = options.tensor_parallel
    groups = [options.gpus[at : at + width] for at in range(0, len(options.gpus), width)]
    if groups and len(groups[-1]) < width:
        raise UsageError(
            f"{len(options.gpus)} GPUs cannot be divided among engines that take {width} each.",
            hint="Name a multiple of tensor_parallel.",
        )
    if len(groups) <= 1:
        return Process(facts, options, engine)
    return Pool.of(facts, options, engine, groups)
