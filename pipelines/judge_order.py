"""Whether a judge's ratings depend on the order in which they are asked for: the same samples, the rubric turned round.

Both ways are stored like any judgement, so that neither is paid for twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import orjson

from lake.catalog import Lake
from lake.errors import OdaError, UsageError
from lake.relations import run
from pipelines.calibrating.bias import OrderBias, order_bias
from pipelines.derive import derive_all
from pipelines.deriving.share import Budget, Share
from pipelines.judging.asked import producers
from pipelines.progress import Progress
from scorers.catalogue import Catalogue
from scorers.installed import installed
from scorers.judging.question import question
from scorers.spec import Scorer


@dataclass(frozen=True)
class OrderReport:
    """What the opposite order does to each rating of a question; stopped: why fewer samples were compared."""

    judgement: str
    n: int
    ratings: dict[str, OrderBias]
    stopped: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def judge_order(
    lake: Lake,
    axis: str,
    *,
    datasets: Iterable[str] | None = None,
    share: Share | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
    scorers: Catalogue | None = None,
) -> OrderReport:
    """Ask the question of an axis both ways round about the same samples, and compare the ratings.

    Raises UsageError for an axis that is no rating among others, OdaError where no two answers can be compared.
    """
    _, entry = (scorers or installed(lake.settings)).axis(axis)
    kind = _kind(lake, entry.scorer, axis)
    asked, _, judge = kind.partition("@")
    turned = f"{asked}(backwards)@{judge}"
    works = producers(lake.settings, [kind, turned])
    chosen = None if datasets is None else list(datasets)
    reports = derive_all(lake, [(each, chosen) for each in works], share=share, budget=budget, progress=progress)
    wanted = [dict(each.wanted)[name] for each, name in zip(works, (kind, turned), strict=True)]
    given = {"one": kind, "one_version": wanted[0], "other": turned, "other_version": wanted[1]}
    pairs = [tuple(map(orjson.loads, row)) for row in run(lake.connection, "paired_answers", **given).fetchall()]
    if len(pairs) < 2:
        raise OdaError(
            f"{len(pairs)} samples were rated by {kind} both ways round.",
            hint="Take more samples, or see why there are no answers: select status, detail from judgements",
        )
    ratings = {}
    for name in question(asked).rated:
        first, second = (np.array([pair[way][name] for pair in pairs], np.float64) for way in (0, 1))
        if (found := order_bias(first, second)) is not None:
            ratings[name] = found
    return OrderReport(kind, len(pairs), ratings, next((each.stopped for each in reports if each.stopped), ""))


def _kind(lake: Lake, scorer: Scorer, axis: str) -> str:
    """The judgement behind an axis; raises UsageError where it is no rating among several."""
    rows = scorer.stored[0] if scorer.stored else None
    kind = rows.kind_of(scorer.settings()) if rows is not None and rows.relation == "judgements" else ""
    if not kind or len(question(kind.partition("@")[0]).rated) < 2:
        wrong = UsageError(f"{axis} is not one of several ratings that a judge gives together.", hint="See: oda axes")
        raise wrong.about(axis)
    return kind + (lake.settings.judge if kind.endswith("@") else "")
