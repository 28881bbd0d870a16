"""Whether code stands in the answer and not in the reasoning of a response.

    -2 no reasoning tag; -1 no fenced code outside the reasoning; 0 code inside as well; 1 code only outside

Ahmad et al. 2025, OpenCodeReasoning, arXiv 2504.01943.
Reference: PureThinkScorer; `<think>x</think> done` gives -1, `no tags` -2.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="pure_think",
    version="1",
    axes=(
        Axis(
            "pure_think",
            "-2 no reasoning tag, -1 no code outside the reasoning, 0 code inside and outside, 1 code only outside.",
            type="category",
            range=(-2, 1),
            direction="higher",
        ),
    ),
    reads=("response",),
    corrections=(
        "text before a lone closing tag, or after an unclosed opening one, is reasoning: chat templates open it",
        "every reasoning block is looked at, not the first alone: code in a later one went unseen",
        "a sample without a response is not_applicable, not -2: there is nothing to look at",
    ),
    citation="arXiv 2504.01943",
    reference="PureThinkScorer: -1 for '<think>x</think> done', -2 for 'no tags'",
    cost_us=1.2,
)

_CLOSED = tuple(
    re.compile(rf"<{name}\s*>(.*?)</{name}\s*>", re.IGNORECASE | re.DOTALL) for name in ("think", "redacted_reasoning")
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Split only the responses that have a tag."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.tags import parts, tagged
    from scorers.derived.text import missing

    split = _reference_parts if settings["parity"] else parts
    rows = np.flatnonzero(batch.derive(tagged, "response"))
    values = np.full(len(batch), -2.0)
    values[rows] = [_category(text, split) for text in batch.text("response", raw=True).take(rows).to_pylist()]
    if settings["parity"]:
        return {"pure_think": Column.of(values)}
    absent = Absence(missing(batch, "response"), "not_applicable", "there is no response")
    return {"pure_think": Column.of(values, [absent])}


def _category(text: str, split: Callable[[str], tuple[str, str]]) -> float:
    from scorers.derived.tags import FENCE

    reasoning, answer = split(text)
    if not FENCE.search(answer):
        return -1.0
    return 0.0 if FENCE.search(reasoning) else 1.0


def _reference_parts(text: str) -> tuple[str, str]:
    first = next((found[1] for pattern in _CLOSED if (found := pattern.search(text))), "")
    for pattern in _CLOSED:
        text = pattern.sub("", text)
    return first, text
