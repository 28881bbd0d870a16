"""`oda profile`, and `oda axes` with what users add."""

from __future__ import annotations

import json
from pathlib import Path

from command_process import Oda


def test_profile_of_a_dataset(oda: Oda, template: Path) -> None:
    shown = oda("profile", "sums", "--home", template)
    assert shown.status == 0
    lines = shown.out.splitlines()
    assert lines[0].split() == (
        ["axis", "dataset", "n", "coverage", "p05", "median", "p95", "mean", "from", "distribution", "to"]
    )
    assert lines[2].startswith("compress_ratio  sums     120  100.0%")
    assert "█" in lines[2]
    assert "Axes that go together" in shown.out
    document = oda("profile", "sums", "--axes", "str_length", "--home", template, "--json").document
    assert [each["axis"] for each in document["distributions"]] == ["str_length"]
    assert sum(document["distributions"][0]["histogram"]["samples"]) == 120
    assert document["correlations"] == document["distances"] == []


def test_datasets_side_by_side(oda: Oda, home: Path, sums: Path) -> None:
    rows = [{"instruction": f"Why is {n} so?", "output": "Because it was always so. " * 5} for n in range(30)]
    other = home.parent / "whys.json"
    other.write_text(json.dumps(rows))
    assert oda("ingest", other, "--home", home).status == 0
    assert oda("score", "whys", "--axes", "str_length", "--home", home).status == 0
    shown = oda("profile", "sums", "whys", "--axes", "str_length", "--home", home).out
    assert "How far datasets are apart" in shown
    assert shown.rstrip().splitlines()[-1].split()[:4] == ["str_length", "sums", "whys", "1"]


def test_profile_says_what_is_missing(oda: Oda, template: Path, tmp_path: Path) -> None:
    assert oda("profile", "sum", "--home", template).status == 2
    assert "Unknown scored axis 'mtld'" in oda("profile", "--axes", "mtld", "--home", template).err
    assert oda("init", "--home", tmp_path / "new").status == 0
    assert oda("profile", "--home", tmp_path / "new").out == "Nothing is scored yet.\n"


def test_added_axes_are_listed_with_their_definition(oda: Oda, home: Path) -> None:
    (home / "scorers").mkdir()
    (home / "scorers" / "terse.sql").write_text(
        "-- description: Short answers.\n-- range: 0 to 1\n-- type: flag\nlength(response) < 12\n"
    )
    row = oda("axes", "terse", "--home", home, "--json").document
    assert (row["description"], row["range"], row["definition"]) == ("Short answers.", [0, 1], "length(response) < 12")
    assert row["available"] is True
    assert "terse" in oda("axes", "--home", home).out
    assert oda("score", "--axes", "terse", "--home", home, "--json").document["scored"] == 120
    assert oda("axes", "terse").status == 2
    (home / "scorers" / "odd.sql").write_text("length(response)")
    broken = oda("axes", "--home", home)
    assert (broken.status, "odd.sql does not say what it measures" in broken.out) == (0, True)


def test_one_axis_is_shown_with_its_formula_and_its_corrections(oda: Oda) -> None:
    shown = oda("axes", "hdd").out
    assert "HD-D = (1 / s) sum over types" in shown
    assert "How it differs from the reference" in shown
    assert "12 ms for 1,000 samples of 1,000 bytes" in shown


def test_training_an_axis(oda: Oda, home: Path) -> None:
    low, high = (f"select sample_id from samples where row_no {side} 60" for side in ("<", ">="))
    ran = oda("axes", "train", "early", "--positive", low, "--negative", high, "--home", home)
    assert ran.status == 0, ran.err
    assert ran.out.startswith("early: trained on 1")
    assert "(60 positive and 60 negative in all)" in ran.out
    row = oda("axes", "early", "--home", home, "--json").document
    assert (row["range"], row["extra"]) == ([0, 1], "models")
    assert low in row["definition"]
    again = oda("axes", "train", "early", "--positive", low, "--negative", high, "--home", home, "--json")
    assert (again.status, again.error["hint"]) == (2, "Train it again with --replace.")
