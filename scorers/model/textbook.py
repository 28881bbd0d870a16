"""Textbook quality: how much a text reads like one that teaches, by a fastText classifier.

    sum over labels of p(label) value, Low 0, Mid 1, High 2

Tsui 2024, model card of the classifier; the idea is of arXiv 2306.11644. Reference: TextbookScorer.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lake.values import RESOURCE
from scorers.batch import Absence, Batch, Column
from scorers.resources.textbook_model import DEFAULT, located
from scorers.signals.reading import NFC, NULLS
from scorers.spec import Axis, Option, Scorer, Settings

LABELS = {"__label__Low": 0.0, "__label__Mid": 1.0, "__label__High": 2.0}

SCORER = Scorer(
    name="textbook",
    version="1",
    axes=(
        Axis(
            "textbook",
            "Textbook quality of instruction and response, from 0 low to 2 high, by a fastText classifier.",
            range=(0, 2),
            direction="higher",
        ),
    ),
    options=(Option("model", DEFAULT, "the model textbook, or a fastText file or its folder", RESOURCE),),
    corrections=("every line break is a space, not the line feed alone", NULLS, NFC),
    needs=("fasttext",),
    extra="models",
    resource="textbook_model",
    on_request=True,
    model="textbook",
    citation="Tsui 2024, model card llm-data-textbook-quality-fasttext-classifer-v2",
    reference="TextbookScorer: 0.000468 for 'edge-code-bare', by the golden fasttext_quality",
    cost_us=40.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """The expected value of the label."""
    import numpy as np  # late, like every library of a scorer

    path = located(settings["model"])
    assert path is not None  # otherwise the axis is absent
    parity = settings["parity"]
    texts = batch.text("both" if parity else "sample", raw=parity).to_pylist()
    lines = [_one_line(text, parity=parity) for text in texts]
    labels, chances = _opened(path, path.stat().st_mtime_ns).predict(lines, k=-1)
    values = [
        sum(LABELS.get(label, 0.0) * float(chance) for label, chance in zip(*each, strict=True))
        for each in zip(labels, chances, strict=True)
    ]
    # The softmax is computed in single precision and may exceed 1 by a few units of the last place.
    empty = np.array([not line.strip() for line in lines], bool)
    return {"textbook": Column.of(np.clip(values, 0.0, 2.0), [Absence(empty, "not_applicable", "the text is empty")])}


def _one_line(text: str, *, parity: bool) -> str:
    """The text without line breaks, which fastText does not take."""
    import re

    return re.sub("\n+", " ", text) if parity else " ".join(text.replace("\0", " ").splitlines())


@lru_cache(maxsize=4)
def _opened(path: Path, _changed: int) -> Any:
    import fasttext  # late: optional

    return fasttext.load_model(str(path))
