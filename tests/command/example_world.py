"""A folder in which the examples of the helps can be typed: the files, datasets, queries and labels that they name."""

from __future__ import annotations

import json
from pathlib import Path

TOWNS = ("Rom", "Oslo", "Wien", "Bern", "Riga", "Kiel", "Genf", "Lyon")


SETS = ("alpaca", "dolly", "tales", "forum", "original", "copied", "retold")
BENCHMARKS = ("math500", "aime24")
SLICES = ("math-hard", "small", "richer", "rich-random")
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
    (folder / "odd.csv").write_text("q,a\n" + "".join(f"Where is {town}?,Far away.\n" for town in TOWNS))
    (folder / "labels.csv").write_text("sample_id,label\n" + "".join(f"{2**32 + n},{n % 5}\n" for n in range(8)))
    (folder / "recipe.sql").write_text(
        "-- parameter tokens: double | most characters\nselect sample_id from samples where strlen(instruction) < $tokens\n"
    )
    (folder / "recipes" / "math_hard.sql").write_text((folder / "recipe.sql").read_text())
    for name in ("rich", "hard", "easy"):
        order = "desc" if name == "easy" else "asc"
        query = f"select sample_id from samples where dataset = 'openr1' order by sample_id {order} limit 20\n"
        (folder / f"{name}.sql").write_text(query)
    return folder


def before() -> list[str]:
    """What is done before the examples: datasets and slices that they name."""
    query = "select sample_id from samples where dataset = 'openr1' limit"
    return [
        "oda ingest openr1.jsonl",
        *(f"oda ingest sets/{name}.jsonl" for name in SETS),
        *(f"oda ingest sets/{name}.jsonl --kind benchmark" for name in BENCHMARKS),
        *(f'oda slice create {name} --sql "{query} {n}"' for n, name in enumerate(SLICES, start=3)),
    ]


def _rows(path: Path, asks: str, *, rationale: bool = False) -> None:
    rows = []
    for number in range(24):
        town, other = TOWNS[number % 8], TOWNS[(number // 8 + number) % 8]
        turned = WORDS[number:] + WORDS[:number]
        answer = f"From {town} to {other} it is {number * 7} miles past {', '.join(turned[: 12 + number % 9])}."
        row = {"instruction": f"{asks} {town} and {other}, stop {number}?", "output": answer}
        rows.append({**row, "rationale": f"Count {number}."} if rationale else row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
