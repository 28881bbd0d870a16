"""Length of the response in tokens of a byte-pair encoding; released by the reference as `A_Length`.

Reference: the released scores count o200k_base tokens of the output, 0 when it is empty.
"""

from __future__ import annotations

from lake.values import RESOURCE
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="response_token_length",
    version="1",
    axes=(
        Axis(
            "response_token_length",
            "Tokens (o200k_base) of the response.",
            type="integer",
            unit="tokens",
            range=(0, None),
        ),
    ),
    reads=("response",),
    options=(
        Option(
            "encoder", "o200k_base", "an encoding of tiktoken, a .tiktoken file, or a Hugging Face tokenizer", RESOURCE
        ),
    ),
    corrections=(
        "a sample without a response is not_applicable, not 0: there is nothing to count",
        "counts in NFC text, so that equal content has equal scores",
    ),
    resource="bpe_table",
    citation="arXiv 2512.14051",
    reference="A_Length: 11 for 'edge-code-bare' of the public samples",
    cost_us=40.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Count; an empty response has length 0."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.text import missing
    from scorers.derived.tokens import tokens

    found = batch.derive(tokens, settings["encoder"], "response", settings["parity"])
    lengths = np.diff(found.offsets)
    if settings["parity"]:
        return {"response_token_length": Column.of(lengths)}
    absent = Absence(missing(batch, "response"), "not_applicable", "there is no response")
    return {"response_token_length": Column.of(lengths, [absent])}
