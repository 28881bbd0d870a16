"""The arena in miniature, whole: `python -m examples.digits.run FOLDER` makes datasets, trains, evaluates and ranks."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from examples.digits.model import make_base
from examples.digits.task import BENCHMARK, DATASETS, Sizes, rows
from lake.catalog import Lake
from lake.settings import Settings
from lake.sources.description import Description
from pipelines.boards.board import Board
from pipelines.boards.gather import choose
from pipelines.boards.tables import as_markdown
from pipelines.evaluate import evaluate
from pipelines.ingest import ingest
from pipelines.launching import Launch, launched
from pipelines.leaderboard import leaderboard
from pipelines.train import train

RECIPE = "tiny"


def prepare(lake: Lake, folder: Path, sizes: Sizes, datasets: Sequence[str] = DATASETS) -> Path:
    """Write and ingest the datasets and the benchmark, and make the base model; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*datasets, BENCHMARK):
        file = folder / f"{name}.jsonl"
        lines = [json.dumps({"instruction": asked, "output": said}) for asked, said in rows(name, sizes)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        kind: Literal["benchmark", "train"] = "benchmark" if name == BENCHMARK else "train"
        ingest(lake, file, description=Description(name=name, kind=kind, domains=["reasoning"]))
    base = folder / "base"
    if not (base / "config.json").is_file():
        make_base(base)
    return base


def run(
    lake: Lake,
    base: Path,
    *,
    datasets: Sequence[str] = DATASETS,
    seeds: Sequence[int] = (1, 2, 3),
    changed: dict[str, Any] | None = None,
    launch: Launch = launched,
    say: Callable[[str], None] = lambda _: None,
) -> Board:
    """Train the base model on every dataset with every seed, evaluate all, and rank them."""
    evaluate(lake, str(base), [BENCHMARK], role="base", template="plain", longest=8, launch=launch)
    for name in datasets:
        for seed in seeds:
            trained = train(
                lake, name, recipe=RECIPE, base=str(base), seed=seed, changed=changed, allow_benchmarks=True,
                launch=launch,
            )  # fmt: skip
            found = evaluate(lake, trained.run, [BENCHMARK], longest=8, launch=launch)
            say(f"{name}, seed {seed}: loss {trained.loss}, {found.values.get(BENCHMARK, 'known')} points")
    return leaderboard(lake, choose(lake, base=str(base)), k=1)


def main() -> None:
    """Run the miniature arena in a folder, and print its board."""
    parser = argparse.ArgumentParser(description="The arena in miniature.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each dataset")
    parser.add_argument("--steps", type=int, default=None, help="optimizer steps of each training")
    given = parser.parse_args()
    changed = None if given.steps is None else {"max_steps": given.steps}
    with Lake.open(Settings.load(home=given.folder / "lake"), create=True) as lake:
        base = prepare(lake, given.folder / "data", Sizes())
        board = run(lake, base, seeds=range(1, given.seeds + 1), changed=changed, say=_say)
    _say(as_markdown(board))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
