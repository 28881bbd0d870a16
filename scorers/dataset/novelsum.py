"""NovelSum: how far samples are from the others, near ones weighing most, in proportion to how dense it is around them.

    d_ij = 1 - cos(x_i, x_j)
    rho_i = (mean squared Euclidean distance to the nb nearest distinct others + 1e-9) ^ -dp
    a_i = rho_i * sum over ranks r of d_i(r) / r^q  /  sum over r of 1 / r^q,   d_i sorted, the sample itself first
    novelsum = mean of a_i,   nb = 10, dp = 0.5, q = 1

Distances are sorted a tile of rows at a time. Where the pairs exceed `pairs`, a_i is exact for a random sample of the
samples and the mean has a 95 % interval. Yang et al. 2025, arXiv 2502.17184.
Reference: NovelSumScorer; (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 0.1699536899 for nb = 2.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lake.kinds import INT32, Real, Whole
from lake.values import COUNT
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

if TYPE_CHECKING:
    from scorers.batch import Floats

SCORER = Scorer(
    name="novelsum",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "novelsum",
            "Mean cosine distance to the other samples, weighted by proximity and density.",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("neighbours", 10, "nearest distinct samples that give the density", Whole(1, INT32)),
        Option("density_power", 0.5, "weight of the density; 0 = none", Real(0, 100)),
        Option("distance_power", 1.0, "weight of the rank", Real(0, 100)),
        Option("pairs", 12_000_000_000, "most pairs compared; beyond, a random sample of the samples", COUNT),
    ),
    corrections=(
        "the dataset itself is the reference set of the density, so that it depends on nothing else",
        "with fewer distinct others than neighbours, the density is taken over all of them: there are no more",
        "a dataset of one distinct sample is not_applicable: it has no distance",
    ),
    citation="Yang et al. 2025, arXiv 2502.17184",
    reference="NovelSumScorer: 0.1699536899 for (1,0,0) (0,1,0) (1,1,0) (1,1,1), nb = 2, dp = 0.5, q = 1",
    cost_us=3000.0,
)

_TILE_BYTES = 96_000_000

_SORTED = 8192
"""Most samples whose distances are sorted as they are; of more, those beyond the nearest 512 are sorted into bins."""


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """Sort the distances of each sample to all."""
    import numpy as np  # late, like every library of a scorer

    from scorers.sets.intervals import of_rows
    from scorers.sets.neighbours import distinct, neighbours
    from scorers.sets.vectors import in_threads, tiles

    n = len(collection)
    groups = collection.derive(distinct)
    if len(groups.counts) < 2:
        return {"novelsum": DatasetScore.absent("all samples are the same, or there is one only", n)}
    m = min(n, max(2, settings["pairs"] // n))
    queries = int(groups.of[:m].max()) + 1
    near = collection.derive(neighbours, settings["neighbours"], "raw", None if m == n else queries)
    density = (near.squared.mean(axis=1) + 1e-9) ** -settings["density_power"]
    weights = np.arange(1, n + 1, dtype=np.float64) ** -settings["distance_power"]
    step = max(1, _TILE_BYTES // (4 * n))
    parts = tiles(m, step)
    plain = np.concatenate(list(in_threads(collection, partial(_weighted, collection, weights), parts)))
    per_row = plain * density[groups.of[:m]]
    return {"novelsum": DatasetScore.of(float(per_row.mean()), n, **of_rows(per_row, n))}


def _weighted(collection: Collection, weights: Floats, part: slice) -> Floats:
    """The weighted mean of the sorted cosine distances of some rows to all rows."""
    import numpy as np

    from scorers.kernels.ranked import ranked_sums  # late: numba
    from scorers.sets.vectors import fast_rows, tiles

    asked = fast_rows(collection, part, "unit")
    distances = np.empty((len(asked), len(collection)), np.float32)
    for others in tiles(len(collection)):
        np.matmul(asked, fast_rows(collection, others, "unit").T, out=distances[:, others])
    np.subtract(np.float32(1), distances, out=distances)
    np.clip(distances, 0, 2, out=distances)  # products of rows of length 1 round beyond it
    distances[np.arange(len(asked)), np.arange(part.start, part.stop)] = 0.0
    if len(collection) > _SORTED:
        sums = ranked_sums(distances, weights)
    else:
        distances.sort(axis=1)
        sums = distances.astype(np.float64) @ weights
    found: Floats = sums / weights.sum()
    return found
