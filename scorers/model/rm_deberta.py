"""OpenAssistant's reward model on DeBERTa-v3-large: how much people would like the response.

The output of its head for question and answer as a pair. Model card reward-model-deberta-v3-large-v2.
Reference: RMDeBERTaScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("pair", 512)

SCORER = Scorer(
    name="rm_deberta",
    version="1",
    axes=(
        Axis(
            "rm_deberta",
            "Reward of the response by OpenAssistant's model on DeBERTa-v3-large.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("rm-deberta"), CUT),
    corrections=(
        "of a pair that is too long the response is cut first, not whichever is longer",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="rm-deberta",
    citation="OpenAssistant model card, 2023",
    reference="RMDeBERTaScorer: 0.550893 for 'edge-code-bare', by the golden reward_deberta",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("rm_deberta", batch, OUTPUTS, settings)
