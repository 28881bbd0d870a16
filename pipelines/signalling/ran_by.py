"""By which model and engine an axis would be measured on this machine, and what of it is not here."""

from __future__ import annotations

from dataclasses import dataclass

from lake.errors import OdaError
from pipelines.signalling.sources import capabilities
from scorers.engines.opening import installed
from scorers.models.known import Known
from scorers.models.weights import at_hand
from scorers.signals.named import named
from scorers.spec import Scorer


@dataclass(frozen=True)
class RanBy:
    """The model of an axis.

    - engine: the one that would run it; empty where none of those that can is installed.
    - lacks: what is not here, in words; empty where nothing is.
    """

    model: str
    engine: str
    lacks: str


def ran_by(scorer: Scorer, models: Known) -> list[RanBy]:
    """The models whose signals a scorer reads with its default options; none for one that reads none."""
    found: dict[str, RanBy] = {}
    for rows in scorer.stored:
        kind = rows.kind_of(scorer.settings())
        if "@" not in kind:
            continue
        try:
            asked = named(kind)
        except OdaError:  # an answer of a judge: another kind of relation
            continue
        if asked.model not in found:
            found[asked.model] = _ran_by(asked.model, asked.signal.capability, models)
    return list(found.values())


def _ran_by(model: str, capability: str, models: Known) -> RanBy:
    facts = models.find(model)
    able = [engine for engine in facts.engines if capability in capabilities(engine, facts)]
    engine = next((engine for engine in able if installed(engine)), "")
    if engine == "openai":
        return RanBy(model, engine, "")
    lacks = [] if engine else [f"an engine ({' or '.join(able)})"]
    if at_hand(facts, hashed=False) is None:
        lacks.append(f"the weights of {model}")
    return RanBy(model, engine, " and ".join(lacks))
