"""APS: the mean similarity of all pairs of embeddings; lower means more diverse.

    cosine       (|sum x^|^2 - sum |x^|^2) / (n (n - 1)),   x^ = rows of length 1
    dot_product  the same with the rows as they are
    pearson      cosine of rows from which their own mean is taken
    euclidean    1 / (1 + distance)
    manhattan    1 / (1 + sum of absolute differences)

The first three are exact in one reading of the rows. The others compare pairs in tiles; of more than `rows` samples
they compare a random sample of that size and state a 95 % interval. Yu et al. 2023, arXiv 2309.12284.
Reference: ApsScorer; (1,0,0) (0,1,0) (1,1,0) (1,1,1) give 0.5642351136.
"""

from __future__ import annotations

from lake.kinds import INT32, OneOf, Whole
from scorers.collection import Collection, DatasetScore
from scorers.spec import EMBEDDINGS, Axis, Option, Scorer, Settings

FORMS = {"cosine": "unit", "dot_product": "raw", "pearson": "centred"}
KERNEL = OneOf("metric of aps", (*FORMS, "euclidean", "manhattan"))

SCORER = Scorer(
    name="aps",
    version="1",
    level="dataset",
    axes=(Axis("aps", "Mean cosine similarity of all pairs of embeddings.", range=(-1, 1), direction="lower"),),
    reads=(),
    stored=(EMBEDDINGS,),
    options=(
        Option("metric", "cosine", "cosine, dot_product, pearson, euclidean or manhattan", KERNEL),
        Option(
            "rows",
            20_000,
            "samples compared pair by pair where there is no closed form; of more, a random sample",
            Whole(2, INT32),
        ),
    ),
    corrections=(
        "one sample is not_applicable: it makes no pair",
        "sampling is seeded by the contents and states its interval, so that a value can be repeated",
    ),
    citation="Yu et al. 2023, arXiv 2309.12284",
    reference="ApsScorer: 0.5642351136 for (1,0,0) (0,1,0) (1,1,0) (1,1,1)",
    cost_us=1.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """In closed form, or pair by pair."""
    from scorers.sets.vectors import constant_rows

    n, metric = len(collection), settings["metric"]
    if n < 2:
        return {"aps": DatasetScore.absent("one sample makes no pair", n)}
    if metric == "pearson" and (still := constant_rows(collection)):
        return {"aps": DatasetScore.absent(f"{still:,} embeddings hold one value only: they correlate with nothing", n)}
    if metric in FORMS:
        return {"aps": _closed(collection, FORMS[metric])}
    return {"aps": _by_pairs(collection, metric, settings["rows"])}


def _closed(collection: Collection, form: str) -> DatasetScore:
    from scorers.sets.vectors import squared_lengths, total

    n = len(collection)
    added = collection.derive(total, form)
    own = collection.derive(squared_lengths, form)
    return DatasetScore.of(
        float(added @ added - own) / (n * (n - 1)), n, pairs=n * (n - 1) // 2, exact=True, unbounded=form == "raw"
    )


def _by_pairs(collection: Collection, metric: str, most: int) -> DatasetScore:
    import numpy as np

    from scorers.sets.distances import crossed
    from scorers.sets.intervals import of_pairs
    from scorers.sets.vectors import exact_rows, in_threads, tiles

    m = min(len(collection), most)

    def sums(part: slice) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        rows, found = exact_rows(collection, part), np.zeros(part.stop - part.start)
        for others in tiles(m, 1024):
            similar = 1.0 / (1.0 + crossed(rows, exact_rows(collection, others), metric))
            if others == part:
                np.fill_diagonal(similar, 0.0)
            found += similar.sum(axis=1)
        return found

    per_row = np.concatenate(list(in_threads(collection, sums, tiles(m, 1024)))) / (m - 1)
    facts = of_pairs(per_row, len(collection))
    return DatasetScore.of(float(per_row.mean()), len(collection), pairs=m * (m - 1) // 2, **facts)
