"""Skywork's reward model on Qwen3-8B: how much people would like the response.

The output of its head after question and answer in the model's chat template.
Skywork-Reward-V2, Liu et al. 2025, arXiv 2507.01352. Reference: SkyworkQwenScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("chat", 4096)

SCORER = Scorer(
    name="skywork_qwen",
    version="1",
    axes=(
        Axis(
            "skywork_qwen",
            "Reward of the response by Skywork-Reward-V2 on Qwen3-8B.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("skywork-qwen"), CUT),
    corrections=(
        "no line feed at the end of an instruction whose Alpaca input is empty, in parity form too",
        SCAFFOLD,
        WHOLE,
        NULLS,
        NFC,
    ),
    model="skywork-qwen",
    citation="arXiv 2507.01352",
    reference="SkyworkQwenScorer: -2.367225 for 'edge-code-bare', by the golden reward_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("skywork_qwen", batch, OUTPUTS, settings)
