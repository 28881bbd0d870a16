"""Vendi score: the effective number of distinct samples.

    vendi = exp(-sum over l of l ln l),   l = eigenvalues of K / n

Of the cosine, pearson and dot product kernels these are the eigenvalues of the d x d matrix X'X / n, so n may be
large. The other kernels, 1 / (1 + distance), need the n x n matrix. Friedman and Dieng 2023, arXiv 2210.02410.
Reference: VendiScorer; (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 2.1650534407.
"""

from __future__ import annotations

import math

from lake.kinds import OneOf, Whole
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

FORMS = {"cosine": "unit", "dot_product": "raw", "pearson": "centred"}
KERNEL = OneOf("metric of vendi", (*FORMS, "euclidean", "manhattan"))

SCORER = Scorer(
    name="vendi",
    version="1",
    level="dataset",
    axes=(
        Axis(
            "vendi",
            "Effective number of distinct samples: exponential of the entropy of the embeddings' cosine kernel.",
            unit="samples",
            range=(1, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("metric", "cosine", "cosine, pearson, dot_product, euclidean or manhattan", KERNEL),
        Option("rows", 5_000, "most samples for the kernels that need the matrix of all pairs", Whole(1, 100_000)),
    ),
    corrections=("the dot product kernel is divided by its trace, so that its eigenvalues are shares",),
    citation="Friedman and Dieng 2023, arXiv 2210.02410",
    reference="VendiScorer: 2.1650534407 for (1,0,0) (0,1,0) (1,1,0) (1,1,1)",
    cost_us=4.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """From the eigenvalues of the smaller of the two matrices that have them."""
    import numpy as np  # late, like every library of a scorer

    from scorers.sets.distances import crossed
    from scorers.sets.spectrum import entropy, spectrum
    from scorers.sets.vectors import constant_rows, exact_rows

    n, metric = len(collection), settings["metric"]
    if metric == "pearson" and (still := constant_rows(collection)):
        return {
            "vendi": DatasetScore.absent(f"{still:,} embeddings hold one value only: they correlate with nothing", n)
        }
    if metric in FORMS:
        values = collection.derive(spectrum, FORMS[metric])
        trace = float(values.sum()) if metric == "dot_product" and not settings["parity"] else n
    else:
        if n > settings["rows"]:
            reason = f"the {metric} kernel needs all pairs, at most {settings['rows']:,} samples; there are {n:,}"
            return {"vendi": DatasetScore.absent(reason, n, status="too_long")}
        rows = exact_rows(collection, slice(None))
        distances = crossed(rows, rows, metric)
        np.fill_diagonal(distances, 0.0)
        values, trace = np.linalg.eigvalsh(1.0 / (1.0 + distances)).astype(np.float64), n
    raw = metric == "dot_product" and bool(settings["parity"])  # its eigenvalues are no shares
    value = math.exp(entropy(values / trace))
    return {"vendi": DatasetScore.of(value, n, unbounded=raw, largest_share=float(values.max() / trace))}
