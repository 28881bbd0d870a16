"""Signals of a span of tokens from their log-probabilities and entropies; the same for every engine."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from scorers.engines.interface import Failed, Scored, SpanSignals, TokenSignals

Doubles = npt.NDArray[np.float64]


def scored_range(request: Scored) -> tuple[int, int]:
    """The positions [first, end) whose values the spans of a request need."""
    return min(start for start, _ in request.spans), max(end for _, end in request.spans)


def refusal(request: Scored, max_length: int) -> Failed | None:
    """Why a request cannot be scored; None where it can."""
    if not request.ids or not request.spans:
        return Failed("not_applicable", "the text has no tokens")
    if any(start < 1 or end > len(request.ids) or start >= end for start, end in request.spans):
        return Failed("not_applicable", "no token of the text follows another")
    if max_length and len(request.ids) > max_length:
        return Failed("too_long", f"{len(request.ids):,} tokens, the model reads {max_length:,}")
    return None


def signals(request: Scored, log_probabilities: Doubles, entropies: Doubles, vocabulary: int) -> TokenSignals | Failed:
    """The signals of a request from the values of the tokens of `scored_range`, in nats."""
    if not (np.isfinite(log_probabilities).all() and np.isfinite(entropies).all()):
        return Failed("failed", "the model gave numbers that are not finite")
    first, _ = scored_range(request)
    parts = [(log_probabilities[s - first : e - first], entropies[s - first : e - first]) for s, e in request.spans]
    spans = tuple(_span(*part, vocabulary, request.top_share) for part in parts)
    if not request.arrays:
        return TokenSignals(spans)
    return TokenSignals(spans, *(np.asarray(values, np.float32) for values in parts[0]))


def _span(log_probabilities: Doubles, entropies: Doubles, vocabulary: int, top_share: float) -> SpanSignals:
    threshold = float(np.percentile(entropies, 100 * (1 - top_share)))
    top = entropies >= threshold
    # sigmoid(-ln p) = 1 / (1 + p)
    surprise = 1.0 / (1.0 + np.exp(log_probabilities))
    certainty = np.maximum(0.0, 1.0 - entropies / math.log(vocabulary))
    return SpanSignals(
        tokens=len(log_probabilities),
        log_probability=float(log_probabilities.sum()),
        entropy=float(entropies.sum()),
        threshold=threshold,
        top_entropy=float(entropies[top].sum()),
        top_tokens=int(top.sum()),
        uncertainty=float((surprise * certainty).sum()),
    )
