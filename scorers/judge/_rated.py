"""What axes of judges share: the judge as an option, and a rating out of a stored answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lake.values import RESOURCE
from scorers.spec import Axis, Option, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

JUDGE = Option("judge", "", "a model that oda models lists; empty: that of the setting `judge`", RESOURCE)
REPORT = "OpenDataArena report, arXiv 2512.14051"


def answers(question: str) -> StoredRows:
    """The stored answers to a question."""
    return StoredRows("judgements", f"{question}@{{judge}}", ("answer",))


def rating(name: str, description: str, *, harder: bool = False) -> Axis:
    """An axis of whole numbers from 1 to 10; harder: more is more difficult, no better."""
    return Axis(name, description, type="integer", range=(1, 10), direction="none" if harder else "higher")


def rated(batch: Batch, rows: StoredRows, keys: Mapping[str, str]) -> dict[str, Column]:
    """The columns of axes, each from its key of the answers."""
    import orjson  # late, like every library of a scorer

    from scorers.batch import Column

    found = [orjson.loads(answer) for answer in batch.stored(rows, "answer").to_pylist()]
    return {axis: Column.of([answer[key] for answer in found]) for axis, key in keys.items()}
