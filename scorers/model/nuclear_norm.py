"""Nuclear norm of the gradients of the attention's matrices in the last layer.

    sum of the singular values of the gradient of a matrix

Of the projections of queries, keys, values and outputs; the loss is the mean over the response's tokens.
Li et al. 2025, arXiv 2504.10766. Reference: NuclearNormScorer.
"""

from __future__ import annotations

from lake.kinds import Whole
from scorers.batch import Absence, Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

MATRICES = {"q": "query", "k": "key", "v": "value", "o": "output"}

GRADIENT = StoredRows(
    "gradient_signals",
    "gradient(max_length={max_length})@{model}",
    (*(f"nuclear_norm_{matrix}" for matrix in MATRICES), "cut"),
    parity="gradient_of_nuclear_norm(max_length={max_length})@{model}",
)

SCORER = Scorer(
    name="nuclear_norm",
    version="1",
    axes=tuple(
        Axis(
            f"nuclear_norm_{matrix}",
            f"Nuclear norm of the gradient of the {title} projection in the last layer.",
            range=(0, None),
            direction="lower",
        )
        for matrix, title in MATRICES.items()
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
        "a gradient that is not finite is failed, not 0",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-1.7b",
    citation="arXiv 2504.10766",
    reference="NuclearNormScorer: 0.261902 (queries) for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """As it is stored."""
    import numpy as np  # late, like every library of a scorer

    found = {}
    for matrix, title in MATRICES.items():
        values = floats(batch, GRADIENT, f"nuclear_norm_{matrix}")
        absent = Absence(np.isnan(values), "not_applicable", f"the model has no {title} projection of its own")
        found[f"nuclear_norm_{matrix}"] = Column.of(values, [*too_long(batch, GRADIENT, settings), absent])
    return found
