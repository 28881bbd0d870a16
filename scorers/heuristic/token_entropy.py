"""Shannon entropy of the tokens of the text: how evenly a byte-pair vocabulary is used.

    -sum over tokens t of p_t log2 p_t,   p_t = share of t among the tokens of the text

Shannon 1948. Reference: TokenEntropyScorer (o200k_base).
"""

from __future__ import annotations

from lake.values import RESOURCE
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="token_entropy",
    version="1",
    axes=(
        Axis(
            "token_entropy",
            "Shannon entropy of the tokens (o200k_base) of instruction and response.",
            unit="bits",
            range=(0, None),
            direction="higher",
        ),
    ),
    options=(
        Option(
            "encoder", "o200k_base", "an encoding of tiktoken, a .tiktoken file, or a Hugging Face tokenizer", RESOURCE
        ),
    ),
    corrections=(
        "a text without tokens is not_applicable, not 0: it has no distribution to measure",
        "no line feed is added where instruction or response is empty: it is no part of the sample",
        "NFC text, so that equal content has equal scores",
    ),
    resource="bpe_table",
    citation="Shannon 1948, doi 10.1002/j.1538-7305.1948.tb01338.x",
    reference="TokenEntropyScorer: 4.3219 for 'edge-code-bare' of the public samples",
    cost_us=5.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count tokens per text."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.tokens import token_words
    from scorers.kernels.repetition import entropies

    parity = settings["parity"]
    found = batch.derive(token_words, settings["encoder"], "both" if parity else "sample", parity)
    values = entropies(found.ids, found.offsets)
    if parity:
        return {"token_entropy": Column.of(np.nan_to_num(values, nan=0.0))}
    return {"token_entropy": Column.of(values, [Absence(np.isnan(values), "not_applicable", "the text has no tokens")])}
