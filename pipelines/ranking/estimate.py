"""From results to what `ranks` needs: scores, and how much of their error comes from items and from training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.ranking.paired import cluster_sums
from pipelines.ranking.ranks import Estimates

Floats = npt.NDArray[np.float64]

POINTS = 100.0


@dataclass(frozen=True)
class Items:
    """Outcomes on the items of one benchmark that all models share.

    - outcomes: per model its (runs, items) outcomes, 0 to 1.
    - groups: (items,) number of the cluster of each item, from 0.
    """

    outcomes: Sequence[Floats]
    groups: npt.NDArray[np.int64]

    def means(self) -> Floats:
        """(models, items) mean outcomes over runs."""
        return np.stack([model.mean(axis=0) for model in self.outcomes])

    def covariance(self) -> tuple[Floats, float]:
        """Covariance of the models' scores in points from the choice of items, with degrees of freedom.

        Clusters are the units (Miller 2024). Half an item right and half wrong are added to each variance, as Agresti
        and Min (2005) do for matched pairs, since no variance of so few items is nothing.
        """
        means = self.means()
        count = means.shape[1]
        sums = cluster_sums((means - means.mean(axis=1, keepdims=True)).T, self.groups)
        clusters = len(sums)
        scatter = sums.T @ sums * clusters / max(1, clusters - 1) + 0.5 * np.eye(len(means))
        return scatter / (count + 2) ** 2 * POINTS**2, clusters - 1

    def wobble(self) -> float:
        """Variance of one run's score in points that comes from its answers to single items; NaN for one run each."""
        found = [model.var(axis=0, ddof=1).mean() for model in self.outcomes if len(model) > 1]
        return float(np.mean(found)) / len(self.groups) * POINTS**2 if found else math.nan


def estimate(
    runs: Sequence[Floats],
    weights: Floats,
    items: Mapping[int, Items],
    untrained: Sequence[bool],
) -> Estimates:
    """Scores and errors of models.

    - runs: per model its (runs, benchmarks) scores in points, without gaps.
    - weights: (benchmarks,) what each counts in the score.
    - items: benchmarks whose items are known, by place; the items of others are taken as given.
    - untrained: models that no training made: nothing of their error comes from training.
    """
    scores = [model @ weights for model in runs]
    covariance, below = np.zeros((len(runs), len(runs))), 0.0
    for place, known in items.items():
        part, df = known.covariance()
        covariance += weights[place] ** 2 * part
        below += (weights[place] ** 2 * float(np.diag(part).mean())) ** 2 / max(1, df)
    diagonal = float(np.diag(covariance).mean())
    repeated = [model for model, given in zip(scores, untrained, strict=True) if len(model) > 1 and not given]
    seed_df = sum(len(model) - 1 for model in repeated)
    seed = math.nan
    if seed_df:
        seed = sum(float(model.var(ddof=1)) * (len(model) - 1) for model in repeated) / seed_df
        wobbles = {place: known.wobble() for place, known in items.items()}
        explained = sum(weights[place] ** 2 * part for place, part in wobbles.items() if not math.isnan(part))
        seed = max(0.0, seed - explained)
    return Estimates(
        mean=np.array([model.mean() for model in scores]),
        items=covariance,
        items_df=diagonal**2 / below if below else math.inf,
        seed=seed,
        seed_df=seed_df,
        runs=np.array([math.inf if given else float(len(m)) for m, given in zip(scores, untrained, strict=True)]),
    )
