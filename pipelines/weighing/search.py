"""The search for weights (Optuna, tree-structured Parzen estimator): each in [-1, 1], the largest made 1 or -1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import optuna

Floats = npt.NDArray[np.float64]

DIGITS = 3
"""Decimals of weights: as they are written into a slice's parameters."""


def search(
    axes: Sequence[str], loss: Callable[[Floats], float], *, trials: int, seed: int, told: Callable[[int], None]
) -> tuple[Floats, float]:
    """The weights with the smallest loss of so many trials, and that loss; every axis alone is tried first."""
    import optuna  # late: 1 s

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(10, len(axes))))
    for place in range(min(len(axes), trials)):
        study.enqueue_trial({axis: float(number == place) for number, axis in enumerate(axes)})

    def tried(trial: optuna.Trial) -> float:
        weights = scaled(np.array([trial.suggest_float(axis, -1, 1) for axis in axes]))
        found = loss(weights)
        told(1)
        return found

    study.optimize(tried, n_trials=trials)
    best = study.best_trial
    assert best.value is not None  # every trial that ended has one
    return scaled(np.array([best.params[axis] for axis in axes])), best.value


def scaled(weights: Floats) -> Floats:
    """The same direction, the largest 1 or -1, rounded as they are stored."""
    most = float(np.abs(weights).max())
    return np.asarray(np.round(weights / most, DIGITS) + 0.0) if most else weights


def written(axes: Sequence[str], weights: Floats) -> str:
    """Weights as the recipe `top_by_weights` takes them: `mtld=1,ppl=-0.5`; those of 0 are left out."""
    return ",".join(f"{axis}={weight:g}" for axis, weight in zip(axes, weights, strict=True) if weight)
