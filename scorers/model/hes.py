"""High-entropy sum: how much a model hesitates where it hesitates most, over the response.

    sum of the entropies (bits) of the tokens at or above the percentile 100 (1 - cutoff), by default the 99.5th

Of up to 200 tokens this is the largest entropy. Li et al. 2026, arXiv 2605.22389. Reference: HESScorer.
"""

from __future__ import annotations

from lake.kinds import OrEmpty
from lake.values import FRACTION
from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long, without_response
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

TEXT = StoredRows(
    "token_signals",
    "text(top_share={cutoff})@{model}",
    ("answer_top_entropy", "answer_tokens", "cut"),
    parity="text_of_hes(max_length=4096,top_share={cutoff})@{model}",
)

SCORER = Scorer(
    name="hes",
    version="1",
    axes=(
        Axis(
            "hes",
            "Sum of the entropies at the 0.5 % of the response's tokens at which a model hesitates most.",
            unit="bits",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(TEXT,),
    options=(
        model_option("qwen3-8b"),
        CUT,
        Option(
            "cutoff",
            "",
            "share of the tokens that counts; empty: 0.005, out of ppl's forward pass; another takes a pass of its own",
            OrEmpty(FRACTION),
        ),
    ),
    corrections=(
        "a line feed stands between instruction and response, as in ppl: one forward pass serves both",
        "entropies in float32, not in bfloat16, whose ties add many tokens to the sum",
        "reads as many tokens as the model can, not 4,096",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-8b",
    citation="arXiv 2605.22389",
    reference="HESScorer: 9.619661 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the sums of its tokens."""
    import numpy as np  # late, like every library of a scorer

    values = floats(batch, TEXT, "answer_top_entropy") / np.log(2)
    return {"hes": Column.of(values, [*too_long(batch, TEXT, settings), without_response(batch, TEXT)])}
