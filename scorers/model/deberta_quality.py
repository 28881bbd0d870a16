"""Quality class of the text by NVIDIA's classifier: 0 high, 1 medium, 2 low.

The likeliest class of the three; the relation `rewards` keeps all logits.
NeMo Curator quality classifier; DeBERTa-v3, arXiv 2111.09543. Reference: DebertaScorer, whose own documentation has the
scale the other way round.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, model_option, table, too_long
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("whole", 2048)

SCORER = Scorer(
    name="deberta_quality",
    version="1",
    axes=(
        Axis(
            "deberta_quality",
            "Quality class of instruction and response: 0 high, 1 medium, 2 low.",
            type="category",
            range=(0, 2),
            direction="lower",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("deberta-quality"), CUT),
    corrections=(WHOLE, NULLS, NFC),
    model="deberta-quality",
    citation="arXiv 2111.09543",
    reference="DebertaScorer: 1 for 'edge-code-bare', by the golden quality_deberta",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """The likeliest class."""
    values = table(batch, OUTPUTS, "values").argmax(1)
    return {"deberta_quality": Column.of(values, too_long(batch, OUTPUTS, settings))}
