"""Hypergeometric lexical diversity: the expected type-token ratio of 42 words drawn from the text.

    HD-D = (1 / s) sum over types t of 1 - C(N - k_t, s) / C(N, s),   s = min(42, N)

N is the number of words, k_t how often type t occurs; words as for MTLD.
McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381.
Reference: HddScorer; `x` repeated 50 times gives 1/42, tokens a, b, -- give 2/3.
"""

from __future__ import annotations

from lake.kinds import Whole
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="hdd",
    version="1",
    axes=(
        Axis(
            "hdd",
            "Expected type-token ratio of 42 words drawn without replacement.",
            unit="ratio",
            range=(0, 1),
            direction="higher",
        ),
    ),
    options=(Option("sample_size", 42, "words drawn", Whole(1, 10_000)),),
    corrections=(
        "punctuation-only tokens count neither as types nor in N: the reference counts them in N alone",
        "a text without words is not_applicable, not 0: it has no diversity to measure",
        "NFC text, so that equal content has equal scores",
    ),
    citation="McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381",
    reference="HddScorer: 1/42 for 'x' repeated 50 times",
    cost_us=12.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Sum over the distinct counts of each text."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.words import words
    from scorers.kernels.diversity import hdd_values

    parity = settings["parity"]
    found = batch.derive(words, "bare", "sample", parity)
    values = hdd_values(found.ids, found.offsets, int(settings["sample_size"]), parity)
    if parity:
        return {"hdd": Column.of(np.nan_to_num(values, nan=0.0))}
    return {"hdd": Column.of(values, [Absence(np.isnan(values), "not_applicable", "the text has no words")])}
