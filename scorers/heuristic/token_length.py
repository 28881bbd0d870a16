"""Length of the text in tokens of a byte-pair encoding.

Reference: TokenLengthScorer (o200k_base).
"""

from __future__ import annotations

from lake.values import RESOURCE
from scorers.batch import Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="token_length",
    version="1",
    axes=(
        Axis(
            "token_length",
            "Tokens (o200k_base) of instruction and response, joined by a line feed.",
            type="integer",
            unit="tokens",
            range=(0, None),
        ),
    ),
    options=(
        Option(
            "encoder", "o200k_base", "an encoding of tiktoken, a .tiktoken file, or a Hugging Face tokenizer", RESOURCE
        ),
    ),
    corrections=("counts in NFC text, so that equal content has equal scores",),
    resource="bpe_table",
    citation="folklore",
    reference="TokenLengthScorer: 20 for 'edge-code-bare' of the public samples",
    cost_us=60.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count; an empty text has length 0."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.tokens import tokens

    found = batch.derive(tokens, settings["encoder"], "sample", settings["parity"])
    return {"token_length": Column.of(np.diff(found.offsets))}
