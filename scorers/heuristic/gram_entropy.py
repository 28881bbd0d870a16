"""Shannon entropy of the words of the text, as NLTK splits it in lower case.

    -sum over words w of p_w log2 p_w,   p_w = share of w among the words of the text; punctuation marks are words

Zhuang et al. 2025, Meta-rater, arXiv 2504.14194.
Reference: GramEntropyScorer; `the cat sat on the mat` and `and the dog sat on the cat` give 2.6235.
"""

from __future__ import annotations

from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="gram_entropy",
    version="1",
    axes=(
        Axis(
            "gram_entropy",
            "Shannon entropy of the lower-cased words (NLTK) of instruction and response.",
            unit="bits",
            range=(0, None),
            direction="higher",
        ),
    ),
    corrections=(
        "a text without words is not_applicable, not 0: it has no distribution to measure",
        "no line feed is added where instruction or response is empty: it is no part of the sample",
        "NFC text, so that equal content has equal scores",
    ),
    resource="punkt_model",
    citation="arXiv 2504.14194",
    reference="GramEntropyScorer: 2.6235 for 'the cat sat on the mat' + 'and the dog sat on the cat'",
    cost_us=60.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count words per text."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.nltk_words import nltk_words
    from scorers.kernels.repetition import entropies

    parity = settings["parity"]
    found = batch.derive(nltk_words, "both" if parity else "sample", parity)
    values = entropies(found.ids, found.offsets)
    if parity:
        return {"gram_entropy": Column.of(np.nan_to_num(values, nan=0.0))}
    return {"gram_entropy": Column.of(values, [Absence(np.isnan(values), "not_applicable", "the text has no words")])}
