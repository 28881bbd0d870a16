"""Distinct runs of n words divided by all of them, words as NLTK splits the text in lower case.

Zhuang et al. 2025, Meta-rater, arXiv 2504.14194.
Reference: UniqueNgramScorer (n = 2); `the cat sat on the mat` and `and the dog sat on the cat` give 0.75.
"""

from __future__ import annotations

from lake.values import NGRAM
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="unique_ngram",
    version="1",
    axes=(
        Axis(
            "unique_ngram",
            "Distinct pairs of neighbouring lower-cased words (NLTK) divided by all pairs.",
            unit="ratio",
            range=(0, 1),
            direction="higher",
        ),
    ),
    options=(Option("n", 2, "words of a run", NGRAM),),
    corrections=(
        "a text of fewer than n words is not_applicable, not 0: it has no n-gram that could repeat",
        "no line feed is added where instruction or response is empty: it is no part of the sample",
        "NFC text, so that equal content has equal scores",
    ),
    resource="punkt_model",
    citation="arXiv 2504.14194",
    reference="UniqueNgramScorer: 0.75 for 'the cat sat on the mat' + 'and the dog sat on the cat'",
    cost_us=5.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Number the runs of each text."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.nltk_words import nltk_words
    from scorers.kernels.repetition import distinct_shares

    parity, width = settings["parity"], int(settings["n"])
    found = batch.derive(nltk_words, "both" if parity else "sample", parity)
    values = distinct_shares(*found, width)
    if parity:
        return {"unique_ngram": Column.of(np.nan_to_num(values, nan=0.0))}
    reason = f"the text has fewer than {width} words"
    return {"unique_ngram": Column.of(values, [Absence(np.isnan(values), "not_applicable", reason)])}
