"""What an axis lacks on this machine, told without loading, fetching or asking anything."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from lake.errors import OdaError
from lake.settings import Settings
from pipelines.embedding.model import PACKAGED
from pipelines.signalling.ran_by import ran_by
from scorers.catalogue import Catalogue
from scorers.engines.opening import installed
from scorers.models.known import Known
from scorers.models.weights import at_hand, hub_cache
from scorers.spec import EMBEDDINGS, Scorer


def lacking(axis: str, catalogue: Catalogue, settings: Settings, models: Known) -> str:
    """What is not here, with the way to it, in words; empty where the axis can be measured."""
    scorer = catalogue.axis(axis)[1].scorer
    if missing := catalogue.missing(axis):
        extra = f": pip install 'oda-lake[{scorer.extra}]'" if scorer.extra else ""
        return f"needs {', '.join(missing)}{extra}"
    if absence := scorer.absence(scorer.settings()):
        return absence.rstrip(".")
    lacks = [each.lacks for each in ran_by(scorer, models) if each.lacks]
    lacks += [found for model in judges_of(scorer, settings) if (found := _judge(model, models))]
    if EMBEDDINGS in scorer.stored and (found := no_embeddings(settings)):
        lacks.append(found)
    return f"needs {' and '.join(lacks)}; oda doctor says how to get it" if lacks else ""


def no_embeddings(settings: Settings) -> str:
    """What the embedding model of the settings lacks; empty where it can be loaded."""
    if importlib.util.find_spec("sentence_transformers") is None:
        return "sentence-transformers (the extra models)"
    name = settings.embedding_model
    module = PACKAGED.get(name, ("", ""))[0]
    here = Path(name).expanduser().is_dir() or (module and importlib.util.find_spec(module) is not None)
    cached = hub_cache() / ("models--" + name.replace("/", "--")) / "snapshots"
    return "" if here or cached.is_dir() else f"the embedding model {name}"


def no_program(package: str, extra: str) -> str:
    """What a step lacks whose program an extra brings; empty where it is installed."""
    return "" if importlib.util.find_spec(package) is not None else f"{package} (the extra {extra})"


def judges_of(scorer: Scorer, settings: Settings) -> list[str]:
    """The models whose answers a scorer reads with its default options."""
    kinds = [rows.kind_of(scorer.settings()) for rows in scorer.stored if rows.relation == "judgements"]
    return list(dict.fromkeys(kind.partition("@")[2] or settings.judge for kind in kinds))


def _judge(name: str, models: Known) -> str:
    """What a judge lacks: an engine, its weights, or the key of its server."""
    try:
        facts = models.find(name)
    except OdaError as error:
        return error.message.rstrip(".")
    engine = next((engine for engine in facts.engines if installed(engine)), "")
    if not engine:
        return f"an engine for {name} ({' or '.join(facts.engines)})"
    if engine == "openai":
        return "" if not facts.key or os.environ.get(facts.key) else f"the key {facts.key} of {name}"
    return "" if at_hand(facts, hashed=False) else f"the weights of {name}"
