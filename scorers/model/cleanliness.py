"""How well formatted, complete and free of noise the text is, 0 to 5, by Meta-rater's model.

    sum over c = 0 ... 5 of c softmax(logits)_c

Meta-rater, Zhuang et al. 2025, arXiv 2504.14194. Reference: CleanlinessScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import expected_class, outputs
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("whole", 8192)

SCORER = Scorer(
    name="cleanliness",
    version="1",
    axes=(
        Axis(
            "cleanliness",
            "How well formatted, complete and free of noise instruction and response are, by Meta-rater's model.",
            range=(0, 5),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("meta-rater-cleanliness"), CUT),
    corrections=(
        "padded on the right, so that no pooling can read padding",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="meta-rater-cleanliness",
    citation="arXiv 2504.14194",
    reference="CleanlinessScorer: 1.769866 for 'edge-code-bare', by the golden rater6_modernbert",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return expected_class("cleanliness", batch, OUTPUTS, settings)
