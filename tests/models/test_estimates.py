"""Tokens of many texts from a sample of them, and how fast models ran here."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from scorers.engines import speeds
from scorers.engines.estimates import TokenEstimate, estimated, forecast
from scorers.engines.interface import Calls
from scorers.models.facts import ModelFacts

FACTS = ModelFacts("mine", "me/mine", "causal", ("openai",), price_in=0.5, price_out=2.0, currency="EUR")


def test_tokens_of_a_scaffold_and_a_part_by_size_are_exact() -> None:
    found = estimated([30, 40, 60], sizes=[100, 200, 400], texts=10, size=5_000)  # 20 tokens and a tenth of the bytes
    assert (found.tokens, found.error) == (pytest.approx(700), pytest.approx(0, abs=1e-6))


@pytest.mark.parametrize("by_size", [True, False])
def test_the_error_covers_the_truth_as_often_as_it_says(by_size: bool) -> None:
    rng = np.random.default_rng(5)
    sizes = rng.lognormal(6, 1, 20_000).astype(int)
    tokens = (250 + sizes / rng.normal(4, 0.8, len(sizes)).clip(2, 6)).astype(int)
    covered, errors = 0, []
    for _ in range(400):
        picked = rng.choice(len(sizes), 200, replace=False)
        known = {"sizes": sizes[picked], "size": sizes.sum()} if by_size else {}
        found = estimated(tokens[picked], texts=len(sizes), **known)
        covered += abs(found.tokens - tokens.sum()) <= found.error
        errors.append(found.error / found.tokens)
    assert 0.88 <= covered / 400 <= 0.99
    assert np.mean(errors) < (0.03 if by_size else 0.2)


def test_all_texts_leave_no_error_and_too_few_give_none() -> None:
    assert estimated([3, 5], texts=2) == TokenEstimate(8.0, 0.0, 2, 2)
    assert estimated([3, 5], sizes=[10, 20], texts=2, size=30) == TokenEstimate(8.0, 0.0, 2, 2)
    assert math.isnan(estimated([3, 5], sizes=[10, 20], texts=9, size=200).error)
    assert math.isnan(estimated([3], texts=9).error)
    assert math.isnan(estimated([], texts=9).error)
    assert estimated([], texts=0) == TokenEstimate(0.0, 0.0, 0, 0)
    assert estimated([2, 4], texts=10).tokens == 30.0


def test_a_forecast_has_no_number_that_is_not_known() -> None:
    read = TokenEstimate(1e6, 5e4, 100, 20)
    found = forecast(FACTS, read, written=1e5, speed=1_000.0)
    assert (found.seconds, found.price, found.currency) == (1_100.0, pytest.approx(0.7), "EUR")
    free = forecast(ModelFacts("mine", "mine", "causal", ("vllm",)), read, speed=None)
    assert (free.seconds, free.price, free.currency) == (None, None, "")


def test_speeds_are_kept_by_model_engine_and_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = Calls(prompt_tokens=9_000, generated_tokens=1_000, seconds=10.0)
    speeds.learn("me/mine", "vllm+float32", {"token_signals": done, "pooled": Calls(prompt_tokens=9, seconds=0.1)})
    assert speeds.known("me/mine", "vllm+float32", "token_signals") == 1_000.0
    assert speeds.known("me/mine", "vllm+float32", "pooled") is None
    assert speeds.known("me/mine", "vllm+bfloat16", "token_signals") is None
    speeds.learn("me/mine", "vllm+float32", {"token_signals": Calls(prompt_tokens=20_000, seconds=10.0)})
    assert speeds.known("me/mine", "vllm+float32", "token_signals") == 1_500.0
    speeds.record().write_text("not JSON")
    assert speeds.known("me/mine", "vllm+float32", "token_signals") is None
