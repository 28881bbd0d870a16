"""Cluster inertia: the sum of the distances of the embeddings to the centre of their cluster.

The clusters are k-means of the dataset's own embeddings (Lloyd, seeded). Du and Black 2019.
Reference: ClusterInertiaScorer, which reads given labels and centres; (1,0,0) (0,1,0) (1,1,0) (1,1,1) with the labels
0, 0, 1, 1 and the centres (.5,.5,0) (1,1,.5) give 0.6807269474 by cosine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.kinds import OneOf
from lake.values import CLUSTERS, SEED
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Floats
    from scorers.sets.clusters import Labels

METRIC = OneOf("metric of cluster_inertia", ("cosine", "euclidean", "squared_euclidean", "manhattan"))

SCORER = Scorer(
    name="cluster_inertia",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "cluster_inertia",
            "Sum of the cosine distances of the embeddings to the centres of 22 k-means clusters.",
            range=(0, None),
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("clusters", 22, "clusters asked for", CLUSTERS),
        Option("seed", 42, "seed of their beginning", SEED),
        Option("metric", "cosine", "cosine, euclidean, squared_euclidean or manhattan", METRIC),
    ),
    citation="Du and Black 2019, doi 10.18653/v1/W19-5903",
    reference="ClusterInertiaScorer: 0.6807269474 for the golden vectors",
    cost_us=20.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """Cluster, then add up."""
    from scorers.sets.clusters import clusters

    found = collection.derive(clusters, settings["clusters"], settings["seed"])
    return {"cluster_inertia": inertia(collection, found.centres, found.labels, settings["metric"])}


def inertia(collection: Collection, centres: Floats, labels: Labels, metric: str) -> DatasetScore:
    """The sum of distances to given centres; a label without a centre is refused."""
    import numpy as np

    from lake.errors import UsageError
    from scorers.sets.distances import paired
    from scorers.sets.vectors import exact_rows, tiles

    if len(labels) != len(collection) or labels.min() < 0 or labels.max() >= len(centres):
        raise UsageError(f"Cluster labels must be {len(collection):,} numbers from 0 to {len(centres) - 1}.")
    sums = np.zeros(len(centres))
    for part in tiles(len(collection)):
        distances = paired(exact_rows(collection, part), centres[labels[part]], metric)
        sums += np.bincount(labels[part], weights=distances, minlength=len(centres))
    n = len(collection)
    sizes = np.bincount(labels, minlength=len(centres))
    value = float(sums.sum())
    return DatasetScore.of(value, n, mean=value / n, sizes=sizes.tolist(), inertias=sums.tolist())
