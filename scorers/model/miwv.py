"""Instruction weakness: whether a similar sample as an example helps a model to foresee the response.

    mean -ln p(response | example, instruction) - mean -ln p(response | instruction)

The example is the nearest sample of another content in the dataset, by embedding. Above 0 it does not help:
there is something to be learned. Jiang et al. 2025, arXiv 2511.07074. Reference: MIWVScorer.
"""

from __future__ import annotations

from scorers.collection import Collection, DatasetScore, Longs
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option
from scorers.spec import EMBEDDINGS, Axis, PairedRows, Scorer, Settings, StoredRows

ALONE = StoredRows(
    "token_signals",
    "answer_zero_shot@{model}",
    ("answer_tokens", "answer_log_probability", "cut"),
    parity="answer_zero_shot(parity,max_length=2048)@{model}",
)
SHOWN = StoredRows(
    "token_signals",
    "answer_after_example@{model}",
    ALONE.columns,
    parity="answer_after_example(parity,max_length=2048)@{model}",
)


def _examples(collection: Collection, most: int) -> Longs:
    """The row that is the example of each: of those with another vector the nearest; none where there is one vector."""
    import numpy as np

    from scorers.sets.neighbours import distinct, neighbours

    groups = collection.derive(distinct)
    if len(groups.counts) < 2:
        return np.zeros(0, np.int64)
    first = np.unique(groups.of, return_index=True)[1]
    asked = (1, "unit") if most >= len(collection) else (1, "unit", most)
    nearest = collection.derive(neighbours, *asked).where[:, 0]
    found: Longs = first[nearest[groups.of[:most]]]
    return found


SCORER = Scorer(
    name="miwv",
    version="1",
    whole_set=True,
    axes=(
        Axis(
            "miwv",
            "How much the nearest other sample of the dataset as an example raises the loss of the response.",
            unit="nats",
            direction="higher",
        ),
    ),
    reads=("instruction", "response"),
    stored=(EMBEDDINGS, ALONE),
    paired=(PairedRows(SHOWN, _examples),),
    options=(model_option("qwen3-8b"), CUT),
    corrections=(
        "the example is another content: the reference takes a copy of the sample where there is one",
        "the response is tokenised apart from its prompt; the reference leaves its first token out",
        "sums in float32 and float64, not in the model's bfloat16",
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen3-8b",
    citation="arXiv 2511.07074",
    reference="MIWVScorer: -0.010246 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1000.0,
)


def score(collection: Collection, settings: Settings) -> dict[str, DatasetScore]:
    """From two losses of each response."""
    import numpy as np  # late, like every library of a scorer

    from scorers.batch import Column

    n = len(collection)
    if not len(_examples(collection, n)):
        return {"miwv": DatasetScore.absent("the dataset has no other embedding", n)}
    cut, signals = bool(settings["cut"] or settings["parity"]), collection.signals
    tokens, alone = (signals.column(ALONE, name, cut=cut) for name in ("answer_tokens", "answer_log_probability"))
    told, shown = (signals.after(SHOWN, name, cut=cut) for name in ("answer_tokens", "answer_log_probability"))
    with np.errstate(divide="ignore", invalid="ignore"):
        values = alone.values / tokens.values - shown.values / told.values
    column = Column.of(values, [*alone.causes(), *shown.causes()])
    valued = column.codes == 0
    if not valued.any():
        return {"miwv": DatasetScore.absent("no response has both losses", n)}
    return {"miwv": DatasetScore.of(float(column.values[valued].mean()), int(valued.sum()), column=column)}
