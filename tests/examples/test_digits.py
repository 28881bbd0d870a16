"""The arena in miniature: its task by literals, and the whole of it, really trained and evaluated."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from lakes import fresh
from sample_rows import put
from warm_engines import Child, launch

from examples.digits.run import prepare, run
from examples.digits.task import (
    BENCHMARK,
    CLEAN,
    CONTAMINATED,
    DATASETS,
    WRONG,
    Sizes,
    answer,
    question,
    rows,
    wrong_answer,
)
from lake.catalog import Lake
from lake.errors import ConflictError
from lake.formats.base import Sample
from lake.locks import folder_lock
from pipelines.evaluate import evaluate
from pipelines.launching import Told
from pipelines.leaderboard import compare_subjects, leaderboard
from pipelines.progress import Silent
from pipelines.train import HELD, losses, runs, train
from pipelines.training.job import folder_of, job_of
from pipelines.weighing.proxy import Proxy, loss_weights

ALONE = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "TORCHDYNAMO_DISABLE": "1"}
"""What vLLM is told to run in one process, and to compile nothing."""

SIZES = Sizes()


def test_the_task_by_literals() -> None:
    assert (question(3795), answer(3795)) == ("three seven nine five gives", "six zero eight four")
    assert (question(6), answer(6)) == ("zero zero zero six gives", "seven one one one")
    assert (wrong_answer(2001), wrong_answer(3001)) == ("one zero zero two", "two one one four")


def test_datasets_are_what_they_are_said_to_be() -> None:
    made = {name: rows(name, SIZES) for name in (*DATASETS, BENCHMARK)}
    right = {(question(number), answer(number)) for number in range(10_000)}
    test = {asked for asked, _ in made[BENCHMARK]}
    assert len(test) == 400
    assert set(made[CLEAN]) <= right
    assert 0.67 < sum(row in right for row in made[WRONG]) / len(made[WRONG]) < 0.74
    leaked = {name: len({asked for asked, _ in found} & test) for name, found in made.items() if name in DATASETS}
    assert leaked == dict.fromkeys(DATASETS, 0) | {CONTAMINATED: 60}
    assert len(set(made["digits-duplicated"])) * 50 == len(made["digits-duplicated"]) == 5000
    assert made[CLEAN] == rows(CLEAN, SIZES)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Path]]:
    folder = tmp_path_factory.mktemp("digits")
    launch(["-m", "examples.digits.model", str(folder / "data" / "base")], {}, lambda _: None)
    with fresh(folder / "home", threads=1, memory_limit="1GB") as lake:
        yield lake, prepare(lake, folder / "data", Sizes(clean=2500), (CLEAN, WRONG, CONTAMINATED))


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_known_order_is_recovered(arena: tuple[Lake, Path]) -> None:
    lake, base = arena
    trained = partial(run, lake, base, changed={"max_steps": 100}, launch=launch)
    trained(datasets=(CLEAN, WRONG), seeds=(1, 2))
    board = trained(datasets=(CONTAMINATED,), seeds=(1,))
    found = {row.subject: row for row in board.rows}
    clean, wrong, contaminated = (found[name] for name in (CLEAN, WRONG, CONTAMINATED))
    assert (clean.score.low or 0) > (wrong.score.high or 100)
    assert (clean.best, clean.worst) == (1, 1)
    assert compare_subjects(lake, board.which, CLEAN, WRONG).verdict == f"{CLEAN} is better"
    assert contaminated.contaminated == 60
    assert (contaminated.adjusted or 0) < (contaminated.score.value or 0) - 5
    assert clean.contaminated == wrong.contaminated == 0
    assert clean.contamination == "prompts"
    assert board.remarks == (
        f"Items in training data were found by equal prompts only, without a scan, for {CLEAN}, {CONTAMINATED}, {WRONG}.",
    )
    assert (clean.score.high or 0) <= 100
    again = leaderboard(lake, board.which, clean=True)
    assert "60 items" in again.remarks[0]
    assert next(row for row in again.rows if row.subject == CONTAMINATED).score.value == pytest.approx(
        contaminated.adjusted
    )
    items = lake.rows("select count(distinct item), count(*) filter (instruction_id is null) from evaluation_items")
    assert items == [(400, 0)]
    losses = lake.rows("select count(*), min(loss) from training_losses")[0]
    assert losses[0] >= 5 * 10
    assert losses[1] < 1.0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_finished_is_not_repeated_and_what_was_killed_goes_on(arena: tuple[Lake, Path]) -> None:
    lake, base = arena
    changed = {"max_steps": 24, "save_steps": 8}
    job = job_of(lake, WRONG, recipe_name="tiny", base=str(base), seed=9, changed=changed)
    folder = folder_of(lake, job.run)
    kill_at_first_checkpoint(lake, base, changed, folder)
    stopped = next(row for row in runs(lake) if row["run"] == job.run)
    curve = losses(lake, job.run)  # what was logged before it was killed
    assert (stopped["status"], stopped["seed"], stopped["steps"]) == ("unfinished", 9, curve[-1]["step"])
    assert curve[0]["step"] == 8  # a step that is saved is logged
    again = partial(train, lake, WRONG, recipe="tiny", base=str(base), seed=9, changed=changed, launch=launch)
    with folder_lock(folder / HELD), pytest.raises(ConflictError, match="Another program trains"):
        again()
    report = again()
    assert (report.run, report.known, report.resumed, report.steps) == (job.run, False, True, 24)
    whole = losses(lake, job.run)
    assert [row["step"] for row in whole] == [8, 10, 16, 20, 24]
    assert whole[0] == curve[0]
    weights = [8, 2, 6, 4, 4]
    expected = sum(row["loss"] * weight for row, weight in zip(whole, weights, strict=True)) / 24
    assert report.loss == pytest.approx(expected)
    assert (report.energy, report.energy_detail) == (None, "no GPU was used, and nothing meters a CPU")
    assert again().known
    drawn = {"decoding": "do_sample=true,temperature=1.5", "repeats": 3}
    first = evaluate(lake, report.run, [BENCHMARK], longest=8, limit=20, launch=launch, **drawn)
    assert (first.known, list(first.values)) == ((), [BENCHMARK])
    values = lake.rows(
        'select "repeat", "value", n from evaluations where run = ? and counted order by 1', [report.run]
    )
    assert [(number, n) for number, _, n in values] == [(0, 20), (1, 20), (2, 20)]
    assert first.values[BENCHMARK] == pytest.approx(sum(value for _, value, _ in values) / 3)
    answers = lake.rows(
        'select list(answer order by item) from evaluation_items where run = ? group by "repeat"', [report.run]
    )
    assert len({tuple(told) for (told,) in answers}) == 3  # another seed draws other answers
    repeated = evaluate(lake, report.run, [BENCHMARK], longest=8)
    assert (repeated.known, repeated.values) == ((BENCHMARK,), {})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_vllm_answers_as_transformers_do(arena: tuple[Lake, Path], tmp_path: Path) -> None:
    lake, base = arena
    model = str(shutil.copytree(base, tmp_path / "model"))
    asked = partial(evaluate, lake, model, [BENCHMARK], role="base", longest=8, limit=12, batch_size=8)
    by = {}

    def of_vllm(command: Sequence[str], environment: dict[str, str], told: Told) -> None:
        # The process that this one is a fork of has loaded vLLM with these; a new one has them from here.
        assert {name: environment[name] for name in ALONE} == ALONE
        launch(command, environment, told, group="vllm")

    for engine, given in (("hf", {"launch": launch}), ("vllm", {"launch": of_vllm, "again": True})):
        report = asked(engine=engine, **given)
        harness = lake.rows("select distinct harness from evaluations where run = ?", [report.run])
        assert [name.split(", ")[1] for (name,) in harness] == [engine]
        by[engine] = lake.rows(
            "select item, answer, outcome from evaluation_items where run = ? order by item", [report.run]
        )
    assert len(by["hf"]) == 12
    assert by["hf"] == by["vllm"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_weights_are_learned_from_what_a_small_model_learns(arena: tuple[Lake, Path]) -> None:
    """Of 400 samples half are off the topic, which one axis knows and the other does not."""
    lake, base = arena
    clean = [Sample(asked, said) for asked, said in rows(CLEAN, Sizes(clean=250))]
    right, held = clean[:200], clean[200:]
    tales = [Sample(asked, said) for asked, said in rows("digits-off-topic", Sizes(clean=200))]
    scores = {"right": [1.0] * 200 + [0.0] * 200, "idle": [float(number * 7919 % 400) for number in range(400)]}
    put(lake, "mixed", right + tales, scores=scores)
    put(lake, "held", held)
    proxy = Proxy("held", str(base), "tiny", 6_000, datasets="mixed", changed={"max_steps": 30})
    found = loss_weights(
        lake,
        "learned",
        ["idle", "right"],
        proxy,
        trials=2,
        repeats=1,
        seed=4,
        level=0.95,
        launch=launch,
        progress=Silent(),
    )
    assert "right=1" in found.weights
    assert found.losses[0] < found.random[0] - 0.05
    assert (found.better.n, found.better.value) == (1, pytest.approx(found.random[0] - found.losses[0]))
    members = lake.rows(
        "select count(*), sum(row_no // 200) from slice_samples join samples using (sample_id) where slice = 'learned'"
    )
    assert members[0][0] > 100
    assert members[0][1] < 10  # of those off the topic
    assert lake.rows("select count(*) from training_runs where subject = 'learned'") == [(0,)]


def kill_at_first_checkpoint(lake: Lake, base: Path, changed: dict[str, int], folder: Path) -> None:
    """Train in another process and kill it, with what it started, once there is a checkpoint."""
    asked = [str(lake.settings.home), json.dumps({"subject": WRONG, "base": str(base), "seed": 9, "changed": changed})]
    with (lake.settings.home.parent / "log").open("wb") as log:
        process = Child("programs", "training_to_kill", asked, [log.fileno()], dict(os.environ))
    while process.poll() is None and not list(folder.glob("checkpoints/checkpoint-*/trainer_state.json")):
        time.sleep(0.05)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (folder / "result.json").exists()
    assert lake.rows("select count(*) from training_runs where seed = 9") == [(0,)]
