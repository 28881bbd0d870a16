"""Partition entropy: how evenly the samples spread over clusters of their embeddings.

    entropy = -sum over clusters of p ln p,   p = share of the samples

The clusters are k-means of the dataset's own embeddings (Lloyd, seeded). Compared as a measure of diversity by
Yang et al. 2025, arXiv 2502.17184. Reference: PartitionEntropyScorer, which reads given labels; 0, 0, 1, 1 give
0.6931471806, with 3 clusters 0.6309297536 of the most possible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lake.values import CLUSTERS, SEED
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="partition_entropy",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "partition_entropy",
            "Entropy of the shares of 22 k-means clusters of the embeddings.",
            unit="nats",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("clusters", 22, "clusters asked for", CLUSTERS),
        Option("seed", 42, "seed of their beginning", SEED),
    ),
    citation="Yang et al. 2025, arXiv 2502.17184",
    reference="PartitionEntropyScorer: 0.6931471806 for labels 0, 0, 1, 1",
    cost_us=20.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """Count the members of each cluster."""
    import numpy as np  # late, like every library of a scorer

    from scorers.sets.clusters import clusters

    found = collection.derive(clusters, settings["clusters"], settings["seed"])
    sizes = np.bincount(found.labels, minlength=len(found.centres))
    return {"partition_entropy": evenness(sizes.tolist(), settings["clusters"])}


def evenness(sizes: Sequence[int], asked: int) -> DatasetScore:
    """The entropy of cluster sizes, also as a share of the most that so many clusters can have."""
    import numpy as np

    from scorers.sets.spectrum import entropy

    n = sum(sizes)
    value = entropy(np.array(sizes) / n)
    most = math.log(asked) if asked > 1 else 1.0
    return DatasetScore.of(value, n, normalised=value / most, sizes=list(sizes))
