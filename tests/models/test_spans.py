"""Signals of spans from values per token: reference values of the axes that are made of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scorers.engines.interface import Failed, Scored, TokenSignals
from scorers.engines.spans import refusal, signals


def of_entropies(entropies: list[float]) -> TokenSignals:
    request = Scored(tuple(range(len(entropies) + 1)), ((1, len(entropies) + 1),))
    found = signals(request, np.full(len(entropies), -1.0), np.array(entropies), 151_936)
    assert isinstance(found, TokenSignals)
    return found


def test_the_tokens_of_highest_entropy_are_those_at_the_percentile_or_above() -> None:
    (span,) = of_entropies([k / 100 for k in range(1, 401)]).spans
    assert (span.threshold, span.top_entropy, span.top_tokens) == pytest.approx((3.98005, 7.99, 2))
    (span,) = of_entropies(list(range(1, 11))).spans
    assert (span.threshold, span.top_entropy, span.top_tokens) == pytest.approx((9.955, 10, 1))


def test_uncertainty_of_a_token_is_the_reference_value() -> None:
    # One token with loss 2 and entropy 1 nat in a vocabulary of 151,936.
    found = signals(Scored((1, 2), ((1, 2),)), np.array([-2.0]), np.array([1.0]), 151_936)
    assert isinstance(found, TokenSignals)
    assert found.spans[0].uncertainty == pytest.approx(0.8069741603, rel=1e-9)


def test_spans_of_one_text_are_cut_from_the_same_values() -> None:
    request = Scored((5, 6, 7, 8), ((1, 4), (3, 4)), arrays=True)
    found = signals(request, np.array([-1.0, -2.0, -4.0]), np.array([0.5, 0.25, 0.125]), 100)
    assert isinstance(found, TokenSignals)
    whole, last = found.spans
    assert (whole.tokens, whole.log_probability, whole.entropy) == (3, -7.0, 0.875)
    assert (last.tokens, last.log_probability, last.entropy) == (1, -4.0, 0.125)
    assert found.log_probabilities is not None
    assert found.log_probabilities.tolist() == [-1.0, -2.0, -4.0]


def test_a_number_that_is_none_fails_its_text_and_gives_no_value() -> None:
    found = signals(Scored((1, 2), ((1, 2),)), np.array([math.nan]), np.array([1.0]), 100)
    assert found == Failed("failed", "the model gave numbers that are not finite")


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (Scored((), ((1, 2),)), "not_applicable", "the text has no tokens"),
        (Scored((1, 2), ((0, 2),)), "not_applicable", "no token of the text follows another"),
        (Scored((1, 2), ((1, 1),)), "not_applicable", "no token of the text follows another"),
        (Scored((1, 2), ((1, 3),)), "not_applicable", "no token of the text follows another"),
        (Scored((1, 2, 3), ((1, 3),)), "too_long", "3 tokens, the model reads 2"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_its_reason(request_: Scored, status: str, reason: str) -> None:
    assert refusal(request_, 2 if status == "too_long" else 0) == Failed(status, reason)  # type: ignore[arg-type]
    assert refusal(Scored((1, 2), ((1, 2),)), 2) is None
