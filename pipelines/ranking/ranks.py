"""Rank sets: which ranks are possible, given how sure all differences are at once.

A score is true value + items (shared by all models, so most of it cancels in a difference) + training (a seed's own).
All pairwise differences get simultaneous intervals by the maximum of their studentised errors, simulated under the
estimated covariance. A model's best possible rank is one more than the number of models surely above it, its worst
the number less those surely below (Mogstad, Romano, Shaikh, Wilhelm 2024; Klein, Wright, Wieczorek 2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DRAWS = 4000
_CHUNK = 4_000_000
"""Numbers held at once while differences are simulated."""


@dataclass(frozen=True)
class Estimates:
    """Scores of K models and what is known of their errors.

    - mean: (K,) scores.
    - items: (K, K) covariance of the scores from the choice of items; zeros where items are taken as given.
    - items_df: degrees of freedom it was estimated with.
    - seed: variance of one training run, pooled over models; NaN where no model was trained twice.
    - seed_df: degrees of freedom of it.
    - runs: (K,) training runs behind each score; infinite for a model that was not trained.
    """

    mean: Floats
    items: Floats
    items_df: float
    seed: float
    seed_df: int
    runs: Floats

    def seeds(self) -> Floats:
        """(K,) variances of the scores from training."""
        seed = 0.0 if math.isnan(self.seed) else self.seed
        return np.asarray(np.where(np.isinf(self.runs), 0.0, seed / self.runs), dtype=np.float64)

    def variance(self) -> Floats:
        """(K,) variances of the scores."""
        return np.asarray(np.diag(self.items) + self.seeds())

    def differences(self) -> Floats:
        """(K, K) standard errors of the differences of scores."""
        items, seeds = np.diag(self.items), self.seeds()
        squares = items[:, None] + items[None, :] - 2 * self.items + seeds[:, None] + seeds[None, :]
        np.fill_diagonal(squares, 0.0)
        return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float64)

    @property
    def df(self) -> float:
        """Degrees of freedom of a single score's variance (Satterthwaite, at the mean of the models)."""
        items, seeds = float(np.diag(self.items).mean()), float(self.seeds().mean())
        below = (items**2 / self.items_df if items else 0.0) + (seeds**2 / self.seed_df if seeds else 0.0)
        return (items + seeds) ** 2 / below if below else math.inf


@dataclass(frozen=True)
class Ranking:
    """What can be said of the order of K models.

    - best, worst: (K,) ranks from 1 that are possible, all at once at the level.
    - above: (K, K) whether the first is surely above the second.
    - half: (K, K) half the widths of the simultaneous intervals of differences.
    - critical: the quantile they are made with.
    - top: (K,) probability to be among the best `k`.
    """

    best: npt.NDArray[np.int64]
    worst: npt.NDArray[np.int64]
    above: npt.NDArray[np.bool_]
    half: Floats
    critical: float
    top: Floats


def rank(estimates: Estimates, *, level: float = 0.95, k: int = 1, draws: int = DRAWS, seed: int = 0) -> Ranking:
    """Rank sets and probabilities to be among the top k; raises ValueError where nothing is known of the errors."""
    mean, errors = estimates.mean, estimates.differences()
    count = len(mean)
    if count > 1 and not errors.any():
        raise ValueError("no errors are known")
    critical, top = _simulated(
        estimates, errors, level, k=min(k, count), draws=draws, random=np.random.default_rng(seed)
    )
    half = critical * errors
    difference = mean[:, None] - mean[None, :]
    above = difference > half
    np.fill_diagonal(above, val=False)
    return Ranking(1 + above.sum(axis=0), count - above.sum(axis=1), above, half, critical, top)


def _simulated(
    estimates: Estimates, errors: Floats, level: float, *, k: int, draws: int, random: np.random.Generator
) -> tuple[float, Floats]:
    count = len(estimates.mean)
    first, second = np.triu_indices(count, 1)
    told = errors[first, second] > 0
    first, second = first[told], second[told]
    share = _seed_share(estimates, errors)[first, second]
    root, seeds = _root(estimates.items), np.sqrt(estimates.seeds())
    maxima, tops, step = [], np.zeros(count), max(1, _CHUNK // max(1, len(first)))
    for begun in range(0, draws, step):
        n = min(step, draws - begun)
        noise = random.standard_normal((n, count)) @ root.T + random.standard_normal((n, count)) * seeds
        items_scale, seed_scale = _scale(random, estimates.items_df, n), _scale(random, estimates.seed_df, n)
        scale = np.sqrt((1 - share)[None, :] * items_scale[:, None] + share[None, :] * seed_scale[:, None])
        if len(first):
            ratio = np.abs(noise[:, first] - noise[:, second]) / (errors[first, second] * scale)
            maxima.append(ratio.max(axis=1))
        order = np.argsort(-(estimates.mean + noise), axis=1)[:, :k]
        tops += np.bincount(order.ravel(), minlength=count)
    critical = float(np.quantile(np.concatenate(maxima), level)) if maxima else 0.0
    return critical, tops / draws


def _seed_share(estimates: Estimates, errors: Floats) -> Floats:
    """(K, K) share of the squared errors that comes from training."""
    seeds = estimates.seeds()
    shares: Floats = (seeds[:, None] + seeds[None, :]) / np.where(errors > 0, errors**2, 1.0)
    return shares


def _scale(random: np.random.Generator, df: float, n: int) -> Floats:
    """How far an estimated variance is from the true one, drawn n times."""
    scale: Floats = np.ones(n) if math.isinf(df) or df <= 0 else random.chisquare(df, n) / df
    return scale


def _root(covariance: Floats) -> Floats:
    """A matrix whose product with its transpose is the covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
