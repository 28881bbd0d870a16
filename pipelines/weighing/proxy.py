"""Weights whose best samples teach a small model most: the loss it has afterwards on a dataset held back."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lake.catalog import Lake
from lake.errors import UsageError
from lake.exports.catalogue import format_named
from pipelines.curate import create_slice
from pipelines.exporting.source import find_subject, opened
from pipelines.launching import Launch, ProgramFailed
from pipelines.progress import Progress
from pipelines.ranking.intervals import Interval, around
from pipelines.slicing.held_items import ALLOW, LEAVE_OUT, find_held
from pipelines.train import TrainingError
from pipelines.training.job import job_of
from pipelines.weighing.search import Floats, search, written

RANDOM = "random_sample"


@dataclass(frozen=True)
class Proxy:
    """What a weight is tried with: base model, recipe with settings, and the budget of a selection.

    - validation: slice or dataset whose loss is made small; datasets: names to select from, with * and ?.
    """

    validation: str
    base: str
    recipe: str
    budget: float
    cost: str = "characters"
    datasets: str = "*"
    changed: dict[str, Any] | None = None


@dataclass(frozen=True)
class LossWeights:
    """Weights learned from losses.

    - slice: made with them; searched: the smallest loss of the search, which flatters.
    - losses, random: losses of trainings with other seeds on that slice, and on random ones of the same budget.
    - better: mean of random less learned, with the interval of Student over seeds.
    """

    weights: str
    slice: str
    trials: int
    searched: float
    losses: tuple[float, ...]
    random: tuple[float, ...]
    better: Interval

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "better": self.better.as_dict()}


def check_validation(lake: Lake, proxy: Proxy) -> int:
    """How many samples the validation set has.

    Raises UsageError where it has items of benchmarks, or shares contents with what is selected from.
    """
    found = find_subject(lake, proxy.validation, None)
    members = "slice_samples where slice = $name" if found.kind == "slice" else "samples where dataset = $name"
    lake.rows(f"create or replace temp table validation as select sample_id from {members}", {"name": found.name})
    try:
        held = find_held(lake, lake, "validation")
        lake.rows("drop table temp.held")
        if held.members:
            raise UsageError(
                held.sentence(f"The validation set {proxy.validation}"),
                hint="Weights that were learned on what is evaluated prove nothing; take another one.",
            )
        shared = lake.rows(
            "select count(*) from samples join datasets using (dataset) where datasets.kind = 'train' "
            "and dataset glob ? and content_id in "
            "(select content_id from samples semi join validation using (sample_id))",
            [proxy.datasets],
        )[0][0]
        if shared:
            raise UsageError(
                f"{shared:,} samples to select from are in the validation set {proxy.validation}.",
                hint="Say what to select from, without it: --datasets NAMES",
            )
        rows = int(lake.rows("select count(*) from validation")[0][0])
    finally:
        lake.rows("drop table temp.validation")
    if not rows:
        raise UsageError(f"The validation set {proxy.validation} has no samples.")
    return rows


def loss_weights(
    lake: Lake,
    name: str,
    axes: Sequence[str],
    proxy: Proxy,
    *,
    trials: int,
    repeats: int,
    seed: int,
    level: float,
    launch: Launch,
    progress: Progress,
) -> LossWeights:
    """Learn weights by training the proxy on what each selects, then compare with random selections.

    - name: of the slice, made anew for each trial; at the end it is that of the learned weights.
    - repeats: trainings of both with other seeds, since the best of many trials is good by chance too.
    """
    check_validation(lake, proxy)
    selection = {"budget": proxy.budget, "cost": proxy.cost, "datasets": proxy.datasets}
    place = lake.settings.home / "runs" / f"weights-{name}"

    def loss(recipe: str, parameters: dict[str, Any], of_seed: int) -> float:
        create_slice(lake, name, recipe, parameters={**selection, **parameters}, replace=True, benchmarks=LEAVE_OUT)
        return _trained(lake, name, proxy, of_seed, place=place, launch=launch)

    def tried(weights: Floats) -> float:
        chosen = written(axes, weights)
        return loss("top_by_weights", {"weights": chosen}, seed) if chosen else np.inf

    shutil.rmtree(place, ignore_errors=True)
    _write(lake, proxy.validation, place / "validation")
    progress.start("learn weights", trials + 2 * repeats, "trainings")
    best, searched = search(axes, tried, trials=trials, seed=seed, told=progress.advance)
    seeds = [seed + 1 + number for number in range(repeats)]
    drawn, learned = [], []
    for each in seeds:
        drawn.append(loss(RANDOM, {"seed": each}, each))
        progress.advance(1)
    for each in seeds:
        learned.append(loss("top_by_weights", {"weights": written(axes, best)}, each))
        progress.advance(1)
    progress.finish()
    shutil.rmtree(place, ignore_errors=True)
    apart = np.array(drawn) - np.array(learned)
    variance = float(apart.var(ddof=1)) / repeats if repeats > 1 else 0.0
    better = around(float(apart.mean()), variance, repeats - 1, level=level, n=repeats)
    return LossWeights(written(axes, best), name, trials, searched, tuple(learned), tuple(drawn), better)


def _trained(lake: Lake, name: str, proxy: Proxy, seed: int, *, place: Path, launch: Launch) -> float:
    """The loss on the validation set after training on a slice; raises TrainingError where the training fails."""
    job = job_of(lake, name, recipe_name=proxy.recipe, base=proxy.base, seed=seed, changed=proxy.changed)
    for part in place.iterdir():
        if part.name != "validation":
            shutil.rmtree(part) if part.is_dir() else part.unlink()
    _write(lake, name, place / "data")
    settings = {**job.as_dict(), "cpu": not _has_gpu(), "threads": lake.settings.threads, "log_steps": 50}
    (place / "job.json").write_text(json.dumps(settings), encoding="utf-8")
    try:
        launch([sys.executable, "-m", "pipelines.training.worker", str(place)], {}, lambda _: None)
    except ProgramFailed as failure:
        raise TrainingError(f"A training of the search ended with {failure}", hint="Try oda train with it.") from None
    return float(json.loads((place / "result.json").read_text(encoding="utf-8"))["validation_loss"])


def _write(lake: Lake, subject: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    with opened(lake, find_subject(lake, subject, None), ALLOW) as (info, reader):
        format_named("openai").write(reader, folder, info)


def _has_gpu() -> bool:
    import torch  # late: 2 s

    return bool(torch.cuda.is_available())
