"""Deita's quality of the response: the mark, 1 to 6, that its model expects.

    sum over s = 1 ... 6 of s softmax(ln p(digit s))

DEITA, Liu et al. 2024, arXiv 2312.15685. Reference: DeitaQScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option, shares, table, too_long
from scorers.spec import Axis, Scorer, Settings, StoredRows

MARKS = StoredRows(
    "ratings",
    "deita_quality@{model}",
    ("log_probabilities", "cut"),
    parity="deita_quality(parity,max_length=2048)@{model}",
)

SCORER = Scorer(
    name="deita_quality",
    version="1",
    axes=(
        Axis(
            "deita_quality",
            "Mark that Deita's model expects for the quality of the response.",
            range=(1, 6),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(MARKS,),
    options=(model_option("deita-quality"), CUT),
    corrections=(
        "a sample's mark does not depend on its batch, where the reference reads padding",
        "the digits as the model's own tokenizer writes them, not six numbers of Llama's vocabulary",
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="deita-quality",
    citation="arXiv 2312.15685",
    reference="DeitaQScorer: 2.887762 for 'edge-code-bare', by the golden causal_llama_v32k",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """The expectation over the six marks."""
    import numpy as np  # late, like every library of a scorer

    values = shares(table(batch, MARKS, "log_probabilities")) @ np.arange(1, 7)
    return {"deita_quality": Column.of(values, too_long(batch, MARKS, settings))}
