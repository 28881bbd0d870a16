"""Distinct runs of n tokens divided by all of them: 1 when nothing repeats.

Reference: UniqueNtokenScorer (o200k_base, n = 2); released as `Unique_Token_Ratio`.
"""

from __future__ import annotations

from lake.values import NGRAM, RESOURCE
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="unique_ntoken",
    version="1",
    axes=(
        Axis(
            "unique_ntoken",
            "Distinct pairs of neighbouring tokens (o200k_base) divided by all pairs.",
            unit="ratio",
            range=(0, 1),
            direction="higher",
        ),
    ),
    options=(
        Option("n", 2, "tokens of a run", NGRAM),
        Option(
            "encoder", "o200k_base", "an encoding of tiktoken, a .tiktoken file, or a Hugging Face tokenizer", RESOURCE
        ),
    ),
    corrections=(
        "a text of fewer than n tokens is not_applicable, not 0: it has no n-gram that could repeat",
        "no line feed is added where instruction or response is empty: it is no part of the sample",
        "NFC text, so that equal content has equal scores",
    ),
    resource="bpe_table",
    citation="arXiv 2504.14194",
    reference="UniqueNtokenScorer: 0.8671875 for 'gsm8k_train-5494' of the public samples",
    cost_us=5.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Number the runs of each text."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.tokens import token_words
    from scorers.kernels.repetition import distinct_shares

    parity, width = settings["parity"], int(settings["n"])
    found = batch.derive(token_words, settings["encoder"], "both" if parity else "sample", parity)
    values = distinct_shares(*found, width)
    if parity:
        return {"unique_ntoken": Column.of(np.nan_to_num(values, nan=0.0))}
    reason = f"the text has fewer than {width} tokens"
    return {"unique_ntoken": Column.of(values, [Absence(np.isnan(values), "not_applicable", reason)])}
