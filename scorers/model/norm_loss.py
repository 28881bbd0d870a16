"""Normalised loss: mean surprise of a token of instruction and response, in bits.

    -mean log2 p(token | tokens before) = log2 of the perplexity

Shum et al. 2025, arXiv 2503.00808. Reference: NormLossScorer, which loses the Alpaca input of a sample.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Scorer, Settings, StoredRows

TEXT = StoredRows(
    "token_signals",
    "text@{model}",
    ("tokens", "log_probability", "cut"),
    parity="text_of_norm_loss(max_length=2048)@{model}",
)

SCORER = Scorer(
    name="norm_loss",
    version="1",
    axes=(
        Axis(
            "norm_loss",
            "Mean surprise of a token of instruction and response under a causal language model.",
            unit="bits",
            range=(0, None),
            direction="lower",
        ),
    ),
    reads=(),
    stored=(TEXT,),
    options=(model_option("qwen3-8b"), CUT),
    corrections=(
        "an Alpaca input is a part of the instruction, in parity form too; the reference loses it",
        "sums in float32 and float64, not in the model's bfloat16",
        "reads as many tokens as the model can, not 2,048",
        "by the model of ppl, so that one forward pass serves both; the reference takes Llama-3.1-8B",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-8b",
    citation="arXiv 2503.00808",
    reference="NormLossScorer: 8.603186 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the sums of its tokens."""
    import numpy as np  # late, like every library of a scorer

    values = -floats(batch, TEXT, "log_probability") / floats(batch, TEXT, "tokens") / np.log(2)
    return {"norm_loss": Column.of(values, too_long(batch, TEXT, settings))}
