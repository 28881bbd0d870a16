"""Uncertainty-weighted difficulty: tokens of the response that surprise a model which is sure of itself.

    mean over tokens of sigmoid(-ln p) max(0, 1 - H / ln V), H the entropy in nats, V the vocabulary

D3, arXiv 2503.11441. Reference: UPDScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long, without_response
from scorers.spec import Axis, Scorer, Settings, StoredRows

TEXT = StoredRows(
    "token_signals",
    "text@{model}",
    ("answer_tokens", "answer_uncertainty", "cut"),
    parity="text_of_upd(max_length=2048)@{model}",
)

SCORER = Scorer(
    name="upd",
    version="1",
    axes=(
        Axis(
            "upd",
            "Mean over the response's tokens of surprise times confidence of a causal language model.",
            range=(0, 1),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(TEXT,),
    options=(model_option("qwen3-8b"), CUT),
    corrections=(
        "the response begins where its characters do, not after as many tokens as the prompt alone has",
        "log-probabilities in float32, not in float16, which ends at 6e-8",
        "tokens that look like padding count",
        "reads as many tokens as the model can, not 2,048",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-8b",
    citation="arXiv 2503.11441",
    reference="UPDScorer: 0.240148 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the sums of its tokens."""
    values = floats(batch, TEXT, "answer_uncertainty") / floats(batch, TEXT, "answer_tokens")
    return {"upd": Column.of(values, [*too_long(batch, TEXT, settings), without_response(batch, TEXT)])}
