"""Neighbour distance: the mean distance of a sample's embedding to its k nearest other samples of the dataset.

    euclidean |a - b|, manhattan |a - b|_1, or cosine 1 - a.b / (|a| |b|) = |a^ - b^|^2 / 2

Isolated samples have high values, repeated ones low: the copies of a sample are neighbours at distance 0. A score
depends on the whole dataset and is measured again when any of its samples changes.
Reference: KNNScorer; (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 0.3577714748, 0.3577714748, 0.2381983189, 0.3030765749 for
k = 2 by cosine.
"""

from __future__ import annotations

from lake.kinds import INT32, OneOf, Whole
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

FORMS = {"cosine": "unit", "euclidean": "raw", "manhattan": "manhattan"}

SCORER = Scorer(
    name="knn_distance",
    version="1",
    whole_set=True,
    axes=(
        Axis(
            "knn_distance",
            "Mean cosine distance to the embeddings of the 10 nearest other samples of the dataset.",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("k", 10, "neighbours", Whole(1, INT32)),
        Option("metric", "cosine", "cosine, euclidean or manhattan", OneOf("metric of knn_distance", tuple(FORMS))),
        Option("rows", 500_000, "most samples: time grows with their square", Whole(1, INT32)),
    ),
    corrections=(
        "a single sample is not_applicable, not 0: it has no neighbour",
        "of fewer than k others the mean over all of them, with k stated: there are no more",
    ),
    citation="arXiv 2512.14051",
    reference="KNNScorer: 0.3577714748, 0.3577714748, 0.2381983189, 0.3030765749 for the golden vectors, k = 2, cosine",
    cost_us=1000.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """From the shared index, counting copies as neighbours at distance 0."""
    import numpy as np  # late, like every library of a scorer

    from scorers.batch import Column
    from scorers.sets.neighbours import distinct, neighbours

    n, metric = len(collection), settings["metric"]
    k = min(settings["k"], n - 1)
    if k < 1:
        return {"knn_distance": DatasetScore.absent("the dataset has no other sample with an embedding", n)}
    if n > settings["rows"]:
        reason = f"exact neighbours of {n:,} samples; at most {settings['rows']:,}"
        return {"knn_distance": DatasetScore.absent(reason, n, status="too_long")}
    groups = collection.derive(distinct)
    values = np.zeros(len(groups.counts))
    if len(groups.counts) > 1:
        found = collection.derive(neighbours, settings["k"], FORMS[metric])
        distances = found.squared / 2 if metric == "cosine" else np.sqrt(found.squared)
        copies = groups.counts[found.where]
        before = np.cumsum(copies, axis=1) - copies + (groups.counts - 1)[:, None]
        values = (np.clip(k - before, 0, copies) * distances).sum(axis=1) / k
    column = Column.of(values[groups.of])
    return {"knn_distance": DatasetScore.of(float(values[groups.of].mean()), n, column=column, k=k)}
