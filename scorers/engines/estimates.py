"""What asking a model of many texts will take, from a sample of them: tokens with their error, seconds, a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scorers.models.facts import ModelFacts

_NORMAL_95 = 1.959964
"""Half the width of the middle 95 % of a normal distribution, in standard deviations."""


@dataclass(frozen=True)
class TokenEstimate:
    """Tokens of all texts; between `tokens - error` and `tokens + error` in 95 of 100 samples."""

    tokens: float
    error: float
    texts: int
    sampled: int


def estimated(
    tokens: Sequence[int], *, texts: int, sizes: Sequence[int] | None = None, size: float = 0.0
) -> TokenEstimate:
    """The tokens of `texts` texts from those of a random sample of them; NaN for the error of fewer than 3.

    Where the sizes of those sampled are given, and `size` of all together, tokens are a fixed part (the scaffold of a
    prompt) and one by size: the regression estimator (Cochran 1977, Sampling Techniques, section 7.3), whose error is
    that of the residuals alone.
    """
    counts = np.asarray(tokens, np.float64)
    number = len(counts)
    if number >= texts:
        return TokenEstimate(float(counts.sum()), 0.0, texts, number)
    if not number:
        return TokenEstimate(0.0, float("nan"), texts, number)
    centred = np.zeros(number) if sizes is None else np.asarray(sizes, np.float64) - np.mean(sizes)
    spread = float(centred @ centred)
    slope = float(centred @ counts) / spread if spread else 0.0
    total = texts * counts.mean()
    if sizes is not None:
        total += slope * (size - texts * float(np.mean(sizes)))
    freedom = number - 1 - bool(spread)
    if freedom < 1:
        return TokenEstimate(float(total), float("nan"), texts, number)
    residuals = counts - counts.mean() - slope * centred
    variance = float(residuals @ residuals) / freedom
    error = _NORMAL_95 * texts * (variance / number * (1 - number / texts)) ** 0.5
    return TokenEstimate(float(total), float(error), texts, number)


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    - read, written: tokens of prompts, and of answers at most; error: of those read, 95 %.
    - seconds: None where this machine has not run the model yet; price: None where it costs nothing.
    """

    texts: int
    read: float
    error: float
    written: float
    seconds: float | None
    price: float | None
    currency: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def forecast(facts: ModelFacts, read: TokenEstimate, *, written: float = 0.0, speed: float | None) -> Forecast:
    """What reading and writing so many tokens will take; speed: tokens a second, None where it is not known."""
    price = (read.tokens * facts.price_in + written * facts.price_out) / 1e6 if facts.costs else None
    seconds = (read.tokens + written) / speed if speed else None
    return Forecast(read.texts, read.tokens, read.error, written, seconds, price, facts.currency if facts.costs else "")
