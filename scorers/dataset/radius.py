"""Radius: the geometric mean over dimensions of the standard deviation of the embeddings.

    radius = exp(mean over d of ln sigma_d),   sigma_d below 1e-12 counts as 1e-10: such a dimension is constant

Lai et al. 2020, arXiv 2003.08529. Reference: RadiusScorer; (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 0.4330127019.
"""

from __future__ import annotations

from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Scorer, Settings

SCORER = Scorer(
    name="radius",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "radius",
            "Geometric mean of the standard deviations of the embedding dimensions.",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    corrections=("a single sample is not_applicable, not 1e-10: it has no spread",),
    citation="Lai et al. 2020, arXiv 2003.08529",
    reference="RadiusScorer: 0.4330127019 for (1,0,0) (0,1,0) (1,1,0) (1,1,1)",
    cost_us=1.0,
)

LEAST = 1e-10


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """From the moments of the columns."""
    import numpy as np  # late, like every library of a scorer

    from scorers.sets.vectors import deviations

    n = len(collection)
    if n < 2 and not settings["parity"]:
        return {"radius": DatasetScore.absent("one sample has no spread", n)}
    found = collection.derive(deviations)
    still = found == 0 if n < 2 else found < 1e-12
    found = np.where(still, LEAST, found)
    return {
        "radius": DatasetScore.of(
            float(np.exp(np.log(found).mean())),
            n,
            arithmetic_mean=float(found.mean()),
            least=float(found.min()),
            most=float(found.max()),
            median=float(np.median(found)),
            constant_dimensions=int(still.sum()),
        )
    }
