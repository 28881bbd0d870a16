"""GraNd: how much a sample would change a model, the norm of the gradient of its loss.

    sqrt(sum over parameters of |d loss / d parameter|^2), loss the mean over the response's tokens

Paul et al. 2021, arXiv 2107.07075 (there the mean over initialisations, early in training). Reference: GraNdScorer.
"""

from __future__ import annotations

from lake.kinds import Whole
from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

GRADIENT = StoredRows(
    "gradient_signals",
    "gradient(max_length={max_length})@{model}",
    ("norm", "cut"),
    parity="gradient_of_grand(max_length={max_length})@{model}",
)

SCORER = Scorer(
    name="grand",
    version="1",
    axes=(
        Axis(
            "grand",
            "Norm of the gradient of the response's mean loss over all parameters of a model.",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(GRADIENT,),
    options=(
        model_option("qwen3-1.7b"),
        Option("max_length", 2048, "tokens read: a backward pass keeps every layer of them", Whole(2, 1 << 20)),
        CUT,
    ),
    corrections=(
        "one backward pass serves grand, effective_rank and nuclear_norm, for which the reference takes three",
        "the response begins where its characters do, not after as many tokens as the prompt alone has",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-1.7b",
    citation="arXiv 2107.07075",
    reference="GraNdScorer: 5.436929 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """As it is stored."""
    return {"grand": Column.of(floats(batch, GRADIENT, "norm"), too_long(batch, GRADIENT, settings))}
