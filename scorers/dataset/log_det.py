"""Log-determinant of the cosine matrix: the volume the embeddings span.

    log_det = ln det(ridge I + X^ X^') = (n - m) ln ridge + sum over l of ln(ridge + l)

with the m = min(n, d) largest eigenvalues l, taken from the smaller of the n x n and d x d matrices. With the
reference's ridge of 1e-10 the first term is -23 for every sample beyond d and the value counts samples; a ridge
of 1 makes it 0. Wang et al. 2024, arXiv 2402.02318. Reference: LogDetDistanceScorer; (1,0,0) (0,1,0) (1,1,0)
(1,1,1) give -23.4313153996 with its ridge.
"""

from __future__ import annotations

from lake.kinds import Real
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="log_det",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "log_det",
            "Log-determinant of the identity plus the embeddings' cosine matrix.",
            unit="nats",
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("ridge", 1.0, "added to the diagonal", Real(0, 1e12)),
        Option("reference_ridge", 1e-10, "the same; parity form only", Real(0, 1e12)),
    ),
    corrections=("a ridge of 1 in place of 1e-10, under which the value measures the number of samples",),
    citation="Wang et al. 2024, arXiv 2402.02318",
    reference="LogDetDistanceScorer: -23.4313153996 for (1,0,0) (0,1,0) (1,1,0) (1,1,1) with a ridge of 1e-10",
    cost_us=4.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """From the spectrum of the cosine matrix."""
    import numpy as np  # late, like every library of a scorer

    from scorers.sets.spectrum import spectrum

    n = len(collection)
    ridge = settings["reference_ridge"] if settings["parity"] else settings["ridge"]
    values = collection.derive(spectrum, "unit")
    with np.errstate(divide="ignore"):
        # 0 ln 0 is 0: where no eigenvalue is missing, a ridge of 0 is allowed.
        missing = (n - len(values)) * float(np.log(ridge)) if n > len(values) else 0.0
        found = missing + float(np.log(ridge + values).sum())
    if not np.isfinite(found):
        return {"log_det": DatasetScore.absent("the cosine matrix is singular; give a ridge above 0", n)}
    return {
        "log_det": DatasetScore.of(
            found, n, per_sample=found / n, ridge=ridge, least=float(values.min()), most=float(values.max())
        )
    }
