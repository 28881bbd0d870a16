"""How often a model fails at an instruction: the share of sampled answers that do not reach the reference answer.

    1 - right / n,   n answers at temperature 0.6

They are checked by kind of reference: letter by letter, as mathematics (`math-verify`), as a program in a sandbox where
`run_code` allows it, as free text by a judge where one is named. Reference: FailRateScorer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.values import RESOURCE
from scorers.signals.reading import model_option
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

SOLUTIONS = StoredRows("judgements", "solve@{model}")
CHECKED = StoredRows("verdicts", "check(code={run_code},judge={judge})@{model}", ("right", "attempts"))

SCORER = Scorer(
    name="fail_rate",
    version="1",
    axes=(
        Axis(
            "fail_rate",
            "Share of a model's sampled answers that do not reach the reference answer.",
            unit="share",
            range=(0, 1),
        ),
    ),
    reads=(),
    stored=(SOLUTIONS, CHECKED),
    options=(
        model_option("qwen3-8b"),
        Option("run_code", False, "run generated programs against tests, closed in (see docs/judges.md)"),
        Option("judge", "", "model that compares free texts; empty: those samples have no value", RESOURCE),
    ),
    needs=("math_verify",),
    extra="evaluate",
    model="qwen3-8b",
    citation="OpenDataArena report, arXiv 2512.14051",
    reference="FailRateScorer: 1 - pass@1 of n answers; samples without a reference answer have none here, not 1",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - all of them are in the stored rows
    """From the counts of stored verdicts."""
    import numpy as np  # late, like every library of a scorer
    import pyarrow as pa

    from scorers.batch import Column

    right, attempts = (
        np.asarray(batch.stored(CHECKED, name).cast(pa.float64()).to_numpy(zero_copy_only=False))
        for name in ("right", "attempts")
    )
    return {"fail_rate": Column.of(1.0 - right / attempts)}
