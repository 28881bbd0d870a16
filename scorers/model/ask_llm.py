"""Ask-LLM: how likely a model is to say yes when asked whether a sample is good training data.

    mean ln p(token of "yes" | question, sample)

Sachdeva et al. 2024, arXiv 2402.09668 (there the probability, not its logarithm). Reference: AskLlmScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option, table, too_long
from scorers.spec import Axis, Scorer, Settings, StoredRows

YES = StoredRows(
    "ratings",
    "yes_to_quality@{model}",
    ("log_probabilities", "cut"),
    parity="yes_to_quality(parity,max_length=2048)@{model}",
)

SCORER = Scorer(
    name="ask_llm",
    version="1",
    axes=(
        Axis(
            "ask_llm",
            "Log-probability that a model answers yes when asked whether the sample is of high quality.",
            unit="nats",
            range=(None, 0),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(YES,),
    options=(model_option("qwen2.5-7b"), CUT),
    corrections=(
        SCAFFOLD,
        "question and answer are tokenised apart, with the special tokens that the tokenizer adds",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen2.5-7b",
    citation="arXiv 2402.09668",
    reference="AskLlmScorer: -6.488052 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """As it is stored."""
    return {"ask_llm": Column.of(table(batch, YES, "log_probabilities")[:, 0], too_long(batch, YES, settings))}
