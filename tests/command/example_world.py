"""A folder in which the examples of the helps can be typed: the files, datasets, queries and labels that they name."""

from __future__ import annotations

import json
import random
from pathlib import Path

SETS = ("alpaca", "dolly", "tales", "forum", "original", "copied", "retold")
BENCHMARKS = ("math500", "aime24")
SLICES = ("small", "richer", "rich-random")
WORDS = [
    "amber",
    "bridge",
    "candle",
    "desert",
    "engine",
    "forest",
    "garden",
    "harbour",
    "island",
    "jungle",
    "kettle",
    "ladder",
    "meadow",
    "needle",
    "orchard",
    "palace",
    "quarry",
    "river",
    "saddle",
    "temple",
    "umbrella",
    "valley",
    "window",
    "yellow",
    "zebra",
    "anchor",
    "basket",
    "cellar",
    "dragon",
    "eagle",
]


def make(folder: Path) -> Path:
    """Fill a folder; returns it."""
    for name in ("gsm8k", "downloads", "recipes", "papers", "sets"):
        (folder / name).mkdir(parents=True)
    _rows(folder / "openr1.jsonl", "How far is it from", rationale=True)
    _rows(folder / "gsm8k" / "test.jsonl", "How many people live in")
    _rows(folder / "downloads" / "one.jsonl", "Who built")
    _rows(folder / "downloads" / "two.jsonl", "Who left")
    for name in (*SETS, *BENCHMARKS):
        _rows(folder / "sets" / f"{name}.jsonl", "Tell of" if name in ("original", "copied") else f"{name}: tell of")
    (folder / "odd.csv").write_text("q,a\n" + "".join(f"Where is {word}?,Far away.\n" for word in WORDS))
    (folder / "labels.csv").write_text("sample_id,label\n" + "".join(f"{2**32 + n},{n % 5}\n" for n in range(8)))
    (folder / "recipe.sql").write_text(
        "-- parameter tokens: double | most characters\nselect sample_id from samples\nwhere dataset = 'openr1' and strlen(instruction) < $tokens\n"
    )
    (folder / "recipes" / "math_hard.sql").write_text((folder / "recipe.sql").read_text())
    for name, dataset in (("rich", "openr1"), ("hard", "tales"), ("easy", "forum")):
        (folder / f"{name}.sql").write_text(f"select sample_id from samples where dataset = '{dataset}'\n")
    return folder


def before() -> list[str]:
    """What is done before the examples: datasets and slices that they name."""
    query = "select sample_id from samples where dataset = 'openr1' limit"
    return [
        "oda ingest openr1.jsonl",
        f"oda ingest {' '.join(f'sets/{name}.jsonl' for name in SETS)}",
        f"oda ingest {' '.join(f'sets/{name}.jsonl' for name in BENCHMARKS)} --kind benchmark",
        *(f'oda slice create {name} --sql "{query} {n}"' for n, name in enumerate(SLICES, start=3)),
    ]


def _rows(path: Path, asks: str, *, rationale: bool = False) -> None:
    """Write 24 rows of words in an order of their own: no two files have a run of words in common."""
    rows = []
    for number in range(24):
        words = random.Random(f"{asks} {number}").sample([*WORDS, *(f"{word}s" for word in WORDS)], 2 * len(WORDS))
        row = {"instruction": f"{asks} {' '.join(words[:7])}?", "output": f"{', '.join(words[7:] + words[7:17])}."}
        rows.append({**row, "rationale": f"Count {number}."} if rationale else row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
