"""Athene's reward model on Llama-3-8B: how much people would like the response.

The output of its head at the CLS token that ends question and answer in the model's chat template. Nexusflow, 2024.
Reference: AtheneScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("chat_and_cls", 4096)

SCORER = Scorer(
    name="athene_rm",
    version="1",
    axes=(
        Axis(
            "athene_rm",
            "Reward of the response by Athene-RM on Llama-3-8B.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("athene-rm"), CUT),
    corrections=(
        "one start token, not two",
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="athene-rm",
    citation="Athene, Nexusflow 2024",
    reference="AtheneScorer: -0.506763 for 'edge-code-bare', by the golden reward_llama_vhead",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("athene_rm", batch, OUTPUTS, settings)
