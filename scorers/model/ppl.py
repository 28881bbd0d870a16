"""Perplexity of instruction and response as one text, by a causal language model.

    exp(-mean ln p(token | tokens before)), over all tokens but the first

Jelinek et al. 1977. Reference: PPLScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Scorer, Settings, StoredRows

TEXT = StoredRows(
    "token_signals",
    "text@{model}",
    ("tokens", "log_probability", "cut"),
    parity="text(parity,max_length=2048)@{model}",
)

SCORER = Scorer(
    name="ppl",
    version="1",
    axes=(
        Axis(
            "ppl",
            "Perplexity of instruction and response under a causal language model.",
            range=(1, None),
            direction="lower",
        ),
    ),
    reads=(),
    stored=(TEXT,),
    options=(model_option("qwen3-8b"), CUT),
    corrections=(
        "sums in float32 and float64, not in the model's bfloat16: up to a percent",
        "reads as many tokens as the model can, not 2,048",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-8b",
    citation="Jelinek et al. 1977",
    reference="PPLScorer: 388.881 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the sums of its tokens."""
    import numpy as np  # late, like every library of a scorer

    values = np.exp(-floats(batch, TEXT, "log_probability") / floats(batch, TEXT, "tokens"))
    return {"ppl": Column.of(values, too_long(batch, TEXT, settings))}
