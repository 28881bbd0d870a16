"""How helpful the response is, by a reward model on GPT-2 large.

The output of its head after a human's question and an assistant's answer.
Rewards-in-Context, Yang et al. 2024, arXiv 2402.10207. Reference: Gpt2HelpfulScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("dialogue", 1024)

SCORER = Scorer(
    name="gpt2_helpful",
    version="1",
    axes=(
        Axis(
            "gpt2_helpful",
            "Reward of the response for being helpful, by a model on GPT-2 large.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("gpt2-helpful"), CUT),
    corrections=(
        "float32, not bfloat16, whose three digits make many ties",
        "of a pair that is too long the response is cut first, not whichever is longer",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="gpt2-helpful",
    citation="arXiv 2402.10207",
    reference="Gpt2HelpfulScorer: 0.040762 for 'edge-code-bare', by the golden reward_gpt2",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("gpt2_helpful", batch, OUTPUTS, settings)
