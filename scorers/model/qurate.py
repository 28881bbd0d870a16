"""QuRating: four qualities of the text, as a model judges them against other texts; logits.

The text is read in pieces of 512 tokens, what the model was trained on; the mean is weighted by tokens.
Wettig et al. 2024, arXiv 2402.09739. Reference: QuRateScorer.
"""

from __future__ import annotations

from lake.kinds import Whole
from scorers.batch import Batch, Column
from scorers.signals.reading import NFC, NULLS, model_option, table
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

PIECES = StoredRows("rewards", "pieces(size={size})@{model}", ("values",), parity="pieces(parity,size={size})@{model}")

QUALITIES = {
    "writing_style": "Writing style",
    "required_expertise": "Expertise that it takes to understand",
    "facts_trivia": "Facts and trivia in",
    "educational_value": "Educational value of",
}

SCORER = Scorer(
    name="qurate",
    version="1",
    axes=tuple(
        Axis(
            f"qurate_{name}",
            f"{title}{' of' if name == 'writing_style' else ''} instruction and response, by QuRater; a logit.",
            direction="higher",
        )
        for name, title in QUALITIES.items()
    ),
    reads=(),
    stored=(PIECES,),
    options=(model_option("qurater"), Option("size", 512, "tokens of a piece", Whole(1, 1 << 20))),
    corrections=(NULLS, NFC),
    model="qurater",
    citation="arXiv 2402.09739",
    reference="QuRateScorer: -2.353888 (writing style) for 'edge-code-bare', by a golden model",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - the size stands in the rows' name
    """The four outputs of the head."""
    values = table(batch, PIECES, "values")
    return {f"qurate_{name}": Column.of(values[:, place]) for place, name in enumerate(QUALITIES)}
