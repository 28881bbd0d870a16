"""INF-ORM's reward model on Llama-3.1-70B: how much people would like the response.

The output of its two-layer head after question and answer in the model's chat template. INF-ORM model card, 2024.
Reference: InfOrmScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("chat", 4096)

SCORER = Scorer(
    name="inf_orm",
    version="1",
    axes=(
        Axis(
            "inf_orm",
            "Reward of the response by INF-ORM on Llama-3.1-70B.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("inf-orm"), CUT),
    corrections=(
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="inf-orm",
    citation="INF-ORM model card, 2024",
    reference="InfOrmScorer: 0.537377 for 'edge-code-bare', by the golden reward_llama_mlphead",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("inf_orm", batch, OUTPUTS, settings)
