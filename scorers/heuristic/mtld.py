"""Measure of textual lexical diversity: the mean run of words whose type-token ratio stays above a threshold.

    factors = runs ended by TTR <= 0.72, plus (1 - TTR) / (1 - 0.72) for the open run
    MTLD = mean over both reading directions of tokens / factors

Words are the tokens between white space, lower-cased, ASCII punctuation deleted; a token of punctuation only
is the empty word. McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381.
Reference: MtldScorer; `a a` gives 2.0, `Hello , world ! Hello world` 6.0.
"""

from __future__ import annotations

from lake.values import FRACTION
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="mtld",
    version="1",
    axes=(
        Axis(
            "mtld",
            "Mean length of word runs whose type-token ratio stays above 0.72.",
            unit="words",
            range=(0, None),
            direction="higher",
        ),
    ),
    options=(Option("ttr_threshold", 0.72, "type-token ratio that ends a run", FRACTION),),
    corrections=(
        "a text in which no word repeats is not_applicable, not -1: the measure has no value there",
        "a text without words is not_applicable, not 0: it has no diversity to measure",
        "NFC text, so that equal content has equal scores",
    ),
    citation="McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381",
    reference="MtldScorer: 2.0 for 'a a', 6.0 for 'Hello , world ! Hello world'",
    cost_us=12.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Walk each text in both directions."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.words import words
    from scorers.kernels.diversity import mtld_values

    found = batch.derive(words, "bare", "sample", settings["parity"])
    values = mtld_values(found.ids, found.offsets, found.types, settings["ttr_threshold"])
    no_words, no_repeat = np.isnan(values), np.isinf(values)
    if settings["parity"]:
        return {"mtld": Column.of(np.select([no_words, no_repeat], [0.0, -1.0], values))}
    absences = [
        Absence(no_words, "not_applicable", "the text has no words"),
        Absence(no_repeat, "not_applicable", "no word repeats"),
    ]
    return {"mtld": Column.of(values, absences)}
