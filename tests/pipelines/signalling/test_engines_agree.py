"""The same signals through the real vLLM and through Transformers: within a thousandth, on float32 models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS, TinyModels

from scorers.engines.interface import Engine
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.engines.transformers.engine import TransformersEngine
from scorers.models.known import of_folder
from scorers.signals.asking import Sample, answers
from scorers.signals.named import named

pytestmark = pytest.mark.slow

SAMPLES = [Sample(text, TEXTS[(place + 3) % len(TEXTS)]) for place, text in enumerate(TEXTS)]

SIGNALS = {
    "causal": (
        "text@m",
        "answer_given_prompt@m",
        "answer_alone@m",
        "answer_zero_shot@m",
        "rating_1@m",
        "rating_5@m",
        "yes_to_quality@m",
        "end_of_thinking@m",
        "deita_complexity@m",
        "deita_quality@m",
    ),
    "head": ("chat@m", "pieces(size=32)@m"),
    "states": ("spectrum@m",),
}


def asked(kind: str, engine: Engine) -> np.ndarray:
    """Every number that is kept of every sample."""
    rows = []
    for values, failed in answers(named(kind).signal, engine, SAMPLES, 512):
        assert failed is None, failed
        flat = (each if isinstance(each, list) else [each] for _, each in sorted(values.items()))
        rows.append([float(number) for part in flat for number in part])
    return np.array(rows)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kinds", "family", "labels"), [("causal", "qwen3", 0), ("head", "llama", 4), ("states", "qwen3_base", 0)]
)
def test_engines_agree(kinds: str, family: str, labels: int, tiny: TinyModels) -> None:
    facts = of_folder(Path(tiny.of(family, labels=labels)))
    here = TransformersEngine(facts)
    there = Process(facts, Options(max_length=512, batch_tokens=512, batch_texts=8), "vllm")
    try:
        for kind in SIGNALS[kinds]:
            wanted, found = asked(kind, here), asked(kind, there)
            assert wanted.shape == found.shape
            assert found == pytest.approx(wanted, rel=1e-3, abs=1e-4), kind
    finally:
        there.close()
