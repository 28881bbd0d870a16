"""An axis that is a fastText classifier: the probability that a text is like the positive samples it was trained on.

`NAME.axis.json` says what it was trained from, beside the model file it names. The hash of that file is part of the
version: a model trained again from other samples measures again, an equal one does not. `oda axes train` makes both.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from lake.errors import UsageError
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Loaded, Scorer, Settings

SUFFIX = ".axis.json"
POSITIVE, NEGATIVE = "__label__positive", "__label__negative"
EXTRA, MODULE = "models", "fasttext"
_FACTS = ("model", "sha256", "view", "description", "positive", "negative")


def load(name: str, path: Path) -> Loaded:
    """The axis a sidecar declares; raises UsageError where it is none or its model is not the one it names."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = [fact for fact in _FACTS if not isinstance(facts.get(fact), str)]
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise UsageError(f"{path} does not describe a trained axis: {error}.", hint=_again(name)) from None
    if missing:
        raise UsageError(f"{path} does not describe a trained axis: {missing[0]} is missing.", hint=_again(name))
    if facts["model"] != Path(facts["model"]).name:
        raise UsageError(f"{path} names a model outside its folder.", hint=_again(name))
    model, view = path.parent / facts["model"], facts["view"]
    scorer = Scorer(
        name=name,
        version=f"1+model={facts['sha256'][:12]}",
        axes=(
            Axis(
                name, facts["description"], unit="probability", range=(0, 1), direction=facts.get("direction", "higher")
            ),
        ),
        reads=("instruction", "response") if view == "sample" else (view,),
        needs=(MODULE,),
        extra=EXTRA,
        model=facts["model"],
        revision=facts["sha256"],
        citation="Joulin et al. 2017, arXiv 1607.01759",
        cost_us=40.0,
    )

    def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - it has no options
        return {name: _probabilities(batch, view, model, facts["sha256"], path)}

    scorer.check(score, str(path))
    shown = ("positive", "negative", "view", "snapshot", "trained_on", "accuracy")
    return Loaded(scorer, score, "\n".join(f"{key}: {facts.get(key)}" for key in shown))


def _again(name: str) -> str:
    return f"Train it again: oda axes train {name} --positive SQL --negative SQL — or delete the file."


def _probabilities(batch: Batch, view: str, model: Path, digest: str, path: Path) -> Column:
    import numpy as np  # late, like every library of a scorer

    texts = batch.derive(lines, view)
    empty = np.array([not text for text in texts])
    labels, chances = opened(model, digest, path).predict(texts, k=2)
    values = [
        next((float(chance) for label, chance in zip(*both, strict=True) if label == POSITIVE), 0.0)
        for both in zip(labels, chances, strict=True)
    ]
    # The softmax is computed in single precision and may exceed 1 by a few units of the last place.
    return Column.of(np.clip(values, 0.0, 1.0), [Absence(empty, "not_applicable", "the text is empty")])


def lines(batch: Batch, view: str) -> list[str]:
    """The texts of a view as fastText reads them: lower case, on one line, white space collapsed; '' where missing."""
    from scorers.derived.lowered import lowered

    return [one_line(text or "") for text in batch.derive(lowered, view).to_pylist()]


def one_line(text: str) -> str:
    """A lower-case text on one line; a word that fastText would take for a label is none."""
    return " ".join(text.replace("\0", " ").split()).replace("__label__", "label")


@lru_cache(maxsize=8)
def opened(model: Path, digest: str, path: Path) -> Any:
    """The model, checked against its hash; raises UsageError where it is missing or another one."""
    name = path.name.removesuffix(SUFFIX)
    if not model.is_file():
        raise UsageError(f"The model {model} of the axis {name!r} is missing.", hint=_again(name))
    if hashlib.sha256(model.read_bytes()).hexdigest() != digest:
        raise UsageError(f"The model {model} is not the one {path} describes.", hint=_again(name))
    import fasttext  # late: optional

    return fasttext.load_model(str(model))
