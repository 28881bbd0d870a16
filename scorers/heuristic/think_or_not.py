"""Whether the response holds a reasoning tag, opening or closing.

Reference: ThinkOrNotScorer; `<think>x</think> done` gives 1, `no tags` 0.
"""

from __future__ import annotations

from lake.kinds import OneOf
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="think_or_not",
    version="1",
    axes=(Axis("think_or_not", "1 when a reasoning tag occurs in the response, else 0.", type="flag", range=(0, 1)),),
    reads=("response",),
    options=(
        Option(
            "view", "response", "text looked at: response or instruction", OneOf("view", ("response", "instruction"))
        ),
    ),
    corrections=("a sample without a response is not_applicable, not 0: there is nothing to look at",),
    citation="arXiv 2504.01943",
    reference="ThinkOrNotScorer: 1 for '<think>x</think> done', 0 for 'no tags'",
    cost_us=0.2,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Look for a tag."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.tags import tagged
    from scorers.derived.text import missing

    view = settings["view"]
    values = batch.derive(tagged, view).astype(np.float64)
    if settings["parity"]:
        return {"think_or_not": Column.of(values)}
    return {"think_or_not": Column.of(values, [Absence(missing(batch, view), "not_applicable", f"there is no {view}")])}
