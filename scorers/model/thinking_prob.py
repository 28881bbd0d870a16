"""How likely a model that may answer at once is to reason first.

    1 - p(</think> as the first token | instruction)

AdaptThink, Zhang et al. 2025, arXiv 2505.13417. Reference: ThinkingProbScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option, table, too_long
from scorers.spec import Axis, Scorer, Settings, StoredRows

END = StoredRows(
    "ratings",
    "end_of_thinking@{model}",
    ("log_probabilities", "cut"),
    parity="end_of_thinking(parity)@{model}",
)

SCORER = Scorer(
    name="thinking_prob",
    version="1",
    axes=(
        Axis(
            "thinking_prob",
            "Probability that a model which may skip its reasoning does not skip it.",
            unit="probability",
            range=(0, 1),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(END,),
    options=(model_option("adaptthink-7b"), CUT),
    corrections=(
        "the exact probability, not one rounded to three places and 1 where the token is not among the 20 likeliest",
        "an Alpaca input is a part of the instruction, in parity form too; the reference ignores it",
        "one start token, not two",
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="adaptthink-7b",
    citation="arXiv 2505.13417",
    reference="ThinkingProbScorer: 0.219 for 'edge-code-bare', by the golden causal_llama_think",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """What is left to one; rounded in parity form."""
    import numpy as np  # late, like every library of a scorer

    values = -np.expm1(table(batch, END, "log_probabilities")[:, 0])
    if settings["parity"]:
        values = values.round(3)
    return {"thinking_prob": Column.of(values, too_long(batch, END, settings))}
