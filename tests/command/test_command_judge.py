"""`oda judge`: calibrating an axis on the command line, and what is listed of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_process import Oda

pytestmark = pytest.mark.slow


@pytest.fixture
def labels(home: Path) -> Path:
    """Labels of the axis str_length of the dataset `sums`: its values, every fifth one off by ten."""
    from lake.catalog import Lake
    from lake.settings import Settings

    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        rows = lake.rows("select sample_id, value from scores where axis = 'str_length' order by 1 limit 50")
    path = home.parent / "labels.csv"
    lines = [f"{i},{value + 10 * (n % 5 == 0)}" for n, (i, value) in enumerate(rows)]
    path.write_text("\n".join(["sample_id,label", *lines]))
    return path


def test_calibrating_shows_agreement_biases_and_means(oda: Oda, home: Path, labels: Path) -> None:
    shown = oda(
        "judge", "calibrate", "str_length", "--labels", labels, "--picture", home.parent / "p.svg", "--home", home
    )
    assert shown.status == 0, shown.err
    assert shown.out.splitlines()[0] == "str_length and 50 labels of labels.csv"
    for words in (
        "weighted kappa",
        "Krippendorff's alpha",
        "score minus label       -2.00 [",
        "Youden's J",
        "Labels (down)",
        "95% intervals",
    ):
        assert words in shown.out, shown.out
    assert (home.parent / "p.svg").read_text().startswith("<?xml")
    document = oda("judge", "calibrate", "str_length", "--labels", labels, "--home", home, "--json").document
    assert (document["n"], document["shift"]["value"], document["unmatched"]) == (50, -2.0, 0)
    assert [row["method"] for row in document["means"]] == ["mean", "share"]
    listed = oda("judge", "calibrations", "--home", home).out
    assert "str_length" in listed
    assert "50 labels" in listed
    assert oda("judge", "calibrations", "--home", home, "--json").document[0]["n"] == 50


def test_what_cannot_be_calibrated_says_why(oda: Oda, home: Path, labels: Path) -> None:
    for line, words in (
        (("str_lengths", "--labels", labels), "Unknown axis 'str_lengths'"),
        (("mtld", "--labels", labels), "Unknown scored axis 'mtld'"),
        (("str_length",), "Labels come from a file, from another axis or from another judge."),
        (("str_length", "--labels", home / "nosuch.csv"), "Cannot read the labels"),
        (("str_length", "--labels", labels, "--picture", "p.txt"), "p.txt is no picture (--picture)."),
        (("str_length", "--labels", labels, "--confidence", "1"), "is not a number from 0.5 to 0.9999"),
        (("str_length", "--against", "str_lengths"), "Unknown scored axis 'str_lengths'"),
        (("str_length", "--judge", "gpt2"), "str_length is not rated by a judge."),
        (
            ("str_length", "--labels", labels, "--threshold", "-5"),
            "-5 is not on the scale of str_length (--threshold).",
        ),
    ):
        ran = oda("judge", "calibrate", *line, "--home", home)
        assert (ran.status, words in ran.err) == (2, True), (line, ran.err)


def test_a_lake_without_judges_says_so(oda: Oda, template: Path) -> None:
    assert (
        oda("judge", "calibrations", "--home", template).out
        == "No axis of a judge is scored, and none is calibrated.\n"
    )


def test_axes_of_judges_are_listed_as_uncalibrated(oda: Oda, template: Path) -> None:
    rows = {row["axis"]: row["calibration"] for row in oda("axes", "--home", template, "--json").document}
    judged = {axis for axis, state in rows.items() if state == "uncalibrated"}
    assert judged == {axis for axis in rows if axis.startswith(("q_", "qa_"))} | {"complexity_llm"}
    assert len(judged) == 16
    assert {state for axis, state in rows.items() if axis not in judged} == {None}
    assert "uncalibrated" in oda("axes", "q_clarity", "--home", template).out
