"""Facility location: how well a subset covers a dataset; the sum of the distances to the nearest member of the subset.

    score = sum over samples i of min over members s of d(x_i, s)

The subset is a slice of the lake. Farahani and Hekmatfar 2009, doi 10.1007/978-3-7908-2151-2.
Reference: FacilityLocationScorer; rows 0 and 3 of (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 2.4142135624 by euclidean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.kinds import OneOf
from lake.values import SLICE
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

if TYPE_CHECKING:
    from scorers.collection import Vectors

METRIC = OneOf("metric of facility_location", ("euclidean", "cosine", "squared_euclidean", "manhattan"))

SCORER = Scorer(
    name="facility_location",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "facility_location",
            "Sum over samples of the distance to the nearest member of a slice.",
            range=(0, None),
            direction="lower",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("subset", "", "slice that is to cover the dataset", SLICE),
        Option("metric", "euclidean", "euclidean, cosine, squared_euclidean or manhattan", METRIC),
    ),
    citation="Farahani and Hekmatfar 2009, doi 10.1007/978-3-7908-2151-2",
    reference="FacilityLocationScorer: 2.4142135624 for the golden vectors",
    cost_us=20.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """Find the nearest member for every sample."""
    if not settings["subset"]:
        reason = "it compares with a subset: name a slice with --option facility_location.subset=SLICE"
        return {"facility_location": DatasetScore.absent(reason, len(collection))}
    members = collection.subset(settings["subset"])
    if not len(members):
        reason = f"no member of slice {settings['subset']} has an embedding"
        return {"facility_location": DatasetScore.absent(reason, len(collection))}
    return {"facility_location": coverage(collection, members, settings["metric"])}


def coverage(collection: Collection, members: Vectors, metric: str) -> DatasetScore:
    """The sum of the distances to the nearest of given members, in tiles."""
    import numpy as np

    from scorers.batch import Floats
    from scorers.sets.distances import crossed, paired
    from scorers.sets.vectors import exact_rows, in_threads, tiles

    subset = Collection(members)

    def nearest(part: slice) -> Floats:
        rows = exact_rows(collection, part)
        best, where = np.full(len(rows), np.inf), np.zeros(len(rows), np.int64)
        for others in tiles(len(members), 2048):
            distances = crossed(rows, exact_rows(subset, others), metric)
            here = distances.argmin(axis=1)
            value = distances[np.arange(len(rows)), here]
            where = np.where(value < best, here + others.start, where)
            best = np.minimum(best, value)
        return paired(rows, members[where].astype(np.float64), metric)  # without the rounding of products

    found = np.concatenate(list(in_threads(collection, nearest, tiles(len(collection), 2048))))
    return DatasetScore.of(
        float(found.sum()),
        len(found),
        mean=float(found.mean()),
        most=float(found.max()),
        median=float(np.median(found)),
        deviation=float(found.std()),
        members=len(members),
    )
