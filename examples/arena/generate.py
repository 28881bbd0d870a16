"""Writes the miniature arena: `python -m examples.arena.generate OUT [--seed N]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from examples.arena.answers import Layout, truth_of
from examples.arena.cards import CARDS
from examples.arena.native import NATIVE, Broken, Row
from examples.arena.sheets import BENCHMARK, TORN, Arena, Sheet
from examples.arena.truth import Truth

TRUTH_FILE = "truth.json"
_CUT = 0.6
"""Share of the torn file that is written."""


def generate(folder: Path, *, seed: int = 7) -> Truth:
    """Write an arena: per dataset a folder with its data and `dataset.yaml`, beside them `truth.json`.

    The same seed gives the same bytes. Raises RuntimeError when something is shared that was not planted.
    """
    arena = Arena(seed)
    rng = Random(f"layout {seed}")
    layouts = [Layout(sheet, _with_broken(rng, sheet)) for sheet in arena.sheets]
    truth = truth_of(seed, layouts)
    for layout in layouts:
        native = NATIVE[layout.sheet.name]
        native.write(layout.rows, _described(folder, layout.sheet))
    torn = NATIVE[TORN]
    data = torn.encode(arena.torn.drafts)
    (_described(folder, arena.torn) / torn.file).write_bytes(data[: int(len(data) * _CUT)])
    text = json.dumps(truth.as_dict(), indent=1, ensure_ascii=False)
    (folder / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")
    return truth


def _with_broken(rng: Random, sheet: Sheet) -> tuple[Row, ...]:
    """The rows of a sheet with its broken ones put between; the first row is always whole."""
    rows: list[Row] = list(sheet.drafts)
    for raw in NATIVE[sheet.name].broken:
        rows.insert(rng.randint(1, len(rows)), Broken(raw))
    return tuple(rows)


def _described(folder: Path, sheet: Sheet) -> Path:
    """The folder of a dataset, made, with its description."""
    import yaml  # late: reading a truth needs none

    place = folder / sheet.name
    place.mkdir(parents=True, exist_ok=True)
    card = CARDS[sheet.name]
    description = {
        "name": sheet.name,
        "kind": "benchmark" if sheet.name == BENCHMARK else "train",
        "domains": list(card.domains),
        "license": card.license,
        "released": card.released,
        "source": f"https://example.org/arena/{sheet.name}",
        "parents": list(sheet.declared),
        "card": f"# {sheet.name}\n\n{card.text}\n",
    }
    if not sheet.declared:
        del description["parents"]
    text = yaml.safe_dump(description, sort_keys=False, allow_unicode=True)
    (place / "dataset.yaml").write_text(text, encoding="utf-8")
    return place


def main() -> None:
    """Write an arena to the folder given on the command line and say what is in it."""
    parser = argparse.ArgumentParser(prog="python -m examples.arena.generate", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write to; made where it is missing")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another arena (default: %(default)s)")
    given = parser.parse_args()
    truth = generate(given.out, seed=given.seed)
    for dataset in truth.datasets:
        print(f"{dataset.name:20} {dataset.samples:5} samples {len(dataset.rejected):2} broken  {dataset.format}")  # noqa: T201
    print(f"{truth.unparsable:20} does not parse")  # noqa: T201


if __name__ == "__main__":
    main()
