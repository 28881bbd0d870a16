"""Educational value of the text by FineWeb's classifier, about 0 to 5.

Penedo et al. 2024, FineWeb, arXiv 2406.17557. Reference: FinewebEduScorer.
"""

from __future__ import annotations

from scorers.batch import Batch, Column
from scorers.model._head import outputs, single
from scorers.signals.reading import CUT, NFC, NULLS, WHOLE, model_option
from scorers.spec import Axis, Scorer, Settings

OUTPUTS = outputs("whole", 512, ",between=%0A%0A")

SCORER = Scorer(
    name="fineweb_edu",
    version="1",
    axes=(
        Axis(
            "fineweb_edu",
            "Educational value of instruction and response, as FineWeb's classifier rates web pages.",
            range=(None, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(OUTPUTS,),
    options=(model_option("fineweb-edu"), CUT),
    corrections=(
        "one line feed between instruction and response, not two, which the parity form always has",
        "at most the 512 positions that the model has",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="fineweb-edu",
    citation="arXiv 2406.17557",
    reference="FinewebEduScorer: -0.970413 for 'edge-code-bare', by the golden regressor_bert",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """From the outputs of the head."""
    return single("fineweb_edu", batch, OUTPUTS, settings)
