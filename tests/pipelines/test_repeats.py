"""How often a benchmark is evaluated: where answers are drawn, as often as it says, or as often as is asked."""

from __future__ import annotations

import pytest

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.evaluating.tasks import Task, chosen, sampled


@pytest.mark.parametrize(
    ("decoding", "drawn"),
    [
        (None, False), ("temperature=0", False), ("top_p=0.9", False), ("temperature=warm", False),
        ("temperature=0.6", True), ("top_p=0.95, do_sample=True", True),
    ],
)  # fmt: skip
def test_whether_answers_are_drawn(decoding: str | None, drawn: bool) -> None:
    assert sampled(decoding) is drawn


def test_repeats_are_those_of_the_benchmark_where_answers_are_drawn(lake: Lake) -> None:
    def repeats(**given: object) -> list[int]:
        return [task.repeats for task in chosen(lake, ["aime_2024", "gsm8k"], **given)]

    assert repeats() == [1, 1]
    assert repeats(decoding="temperature=0.6") == [8, 1]
    assert repeats(decoding="temperature=0.6", repeats=3) == [3, 3]
    with pytest.raises(UsageError, match="Repeats give the same answers"):
        repeats(repeats=3)


def test_every_repeat_has_a_file() -> None:
    assert Task("a", "a", "math", "m", repeats=3).files == ["a.json", "a.repeat1.json", "a.repeat2.json"]
