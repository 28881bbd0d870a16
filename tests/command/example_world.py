"""A folder in which the examples of the helps can be typed: the files, datasets, queries and labels that they name."""

from __future__ import annotations

import json
from pathlib import Path

TOWNS = ("Rom", "Oslo", "Wien", "Bern", "Riga", "Kiel", "Genf", "Lyon")


def make(folder: Path) -> Path:
    """Fill a folder; returns it."""
    for name in ("gsm8k", "downloads", "recipes", "papers", "sets"):
        (folder / name).mkdir(parents=True)
    _rows(folder / "openr1.jsonl", "How far is it from", rationale=True)
    _rows(folder / "gsm8k" / "test.jsonl", "How many people live in")
    _rows(folder / "downloads" / "one.jsonl", "Who built")
    _rows(folder / "downloads" / "two.jsonl", "Who left")
    for name in ("alpaca", "dolly", "tales", "forum", "original", "copied", "retold", "old_tales"):
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


def _rows(path: Path, asks: str, *, rationale: bool = False) -> None:
    rows = []
    for number in range(40):
        town, other = TOWNS[number % 8], TOWNS[(number // 8 + number) % 8]
        answer = f"From {town} to {other} it is {number * 7} miles, and the road goes over {number % 5} hills and fields."
        row = {"instruction": f"{asks} {town} and {other}, stop {number}?", "output": answer * (1 + number % 3)}
        rows.append({**row, "rationale": f"Count {number}."} if rationale else row)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
