"""Weights of axes, learned: planted ones are found and hold for datasets held out, chance is called chance."""

from __future__ import annotations

import numpy as np
import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from pipelines.boards.gather import Which
from pipelines.evaluating.results import Results, replace_origin
from pipelines.weighing.gains import gain_weights, learn
from pipelines.weighing.proxy import Proxy, check_validation
from pipelines.weighing.search import scaled, written

WHICH = Which("m", "elsewhere", "r")


def import_board(lake: Lake, values: dict[str, np.ndarray], gains: np.ndarray) -> None:
    """A board of as many datasets as there are gains, with published means of axes."""
    results = Results()
    for number, gain in enumerate(gains):
        run = {"run": f"r{number}", "role": "trained", "subject": f"d{number:02}", "base": "m", "recipe": "r", "origin": "elsewhere", "status": "imported"}  # fmt: skip
        results.runs.append(run)
        results.evaluations.append(
            {"run": run["run"], "benchmark": "b", "metric": "accuracy", "repeat": 0, "counted": True, "domain": "math", "value": float(gain), "status": "ok"}
        )  # fmt: skip
        results.published += [
            {
                "origin": "elsewhere",
                "subject": run["subject"],
                "axis": axis,
                "value": float(column[number]),
                "status": "ok",
            }
            for axis, column in values.items()
            if not np.isnan(column[number])
        ]
    replace_origin(lake, "elsewhere", results)


@pytest.mark.slow
def test_planted_weights_are_found_and_hold_for_datasets_held_out(lake: Lake) -> None:
    """Gains are twice the first axis less the second and noise; the third says nothing, two datasets lack it."""
    chance = np.random.default_rng(1)
    values = {name: chance.uniform(size=32) for name in ("good", "bad", "idle")}
    gains = 60 + 10 * (2 * values["good"] - values["bad"]) + chance.normal(scale=1.0, size=32)
    values["idle"][[3, 7]] = np.nan
    import_board(lake, values, gains)
    tried: list[int] = []
    found = gain_weights(lake, WHICH, list(values), trials=60, folds=3, seed=0, level=0.95, told=tried.append)
    assert (found.subjects, found.left_out, len(tried)) == (30, ("d03", "d07"), 4 * 60)
    weights = dict(part.split("=") for part in found.weights.split(","))
    assert float(weights["good"]) == 1
    assert -0.8 < float(weights["bad"]) < -0.25
    assert abs(float(weights.get("idle", 0))) < 0.25
    held_out = found.held_out
    assert held_out.spearman.low is not None
    assert held_out.spearman.low > 0.7
    assert (held_out.accuracy.low or 0) > 0.75
    assert (found.learned.spearman.value or 0) >= (held_out.spearman.value or 1) - 0.05


@pytest.mark.slow
def test_what_was_learned_from_noise_does_not_hold() -> None:
    chance = np.random.default_rng(2)
    values, gains = chance.uniform(size=(30, 4)), chance.normal(size=30)
    _, held_out, learned = learn(
        list("abcd"), values, gains, trials=60, folds=3, seed=0, level=0.95, told=lambda _: None
    )
    assert (held_out.spearman.low or 0) < 0.1
    assert (learned.spearman.value or 0) > (held_out.spearman.value or 0) + 0.2  # what it was learned from flatters


@pytest.mark.slow
def test_an_axis_nobody_has_and_too_few_datasets(lake: Lake) -> None:
    import_board(lake, {"good": np.arange(5.0)}, np.arange(5.0))
    options = {"trials": 1, "folds": 2, "seed": 0, "level": 0.95, "told": lambda _: None}
    with pytest.raises(UnknownNameError, match="Unknown axis of the board 'god'"):
        gain_weights(lake, WHICH, ["god"], **options)
    with pytest.raises(UsageError, match="Only 5 of 5 datasets with a gain"):
        gain_weights(lake, WHICH, ["good"], **options)


def test_weights_as_they_are_written() -> None:
    assert written(["a", "b", "c"], scaled(np.array([0.2, -0.05, 0.0]))) == "a=1,b=-0.25"
    assert scaled(np.zeros(2)).tolist() == [0, 0]


@pytest.mark.slow
def test_a_validation_set_holds_no_benchmark_item_and_nothing_selected_from(lake: Lake) -> None:
    put(lake, "pool", [Sample("what is one", "1"), Sample("what is two", "2")])
    put(lake, "apart", [Sample("what is three", "3")])
    put(lake, "leaky", [Sample("What is four?", "4"), Sample("what is five", "5")])
    put(lake, "bench", [Sample("what is four?", "4")], kind="benchmark")
    assert check_validation(lake, Proxy("apart", "m", "tiny", 10, datasets="pool")) == 1
    with pytest.raises(UsageError, match="1 samples to select from are in the validation set apart"):
        check_validation(lake, Proxy("apart", "m", "tiny", 10))
    with pytest.raises(UsageError, match="The validation set leaky has 1 samples of benchmarks: bench"):
        check_validation(lake, Proxy("leaky", "m", "tiny", 10, datasets="pool"))
    with pytest.raises(UsageError, match="The validation set bench has 1 samples of benchmarks"):
        check_validation(lake, Proxy("bench", "m", "tiny", 10, datasets="pool"))
