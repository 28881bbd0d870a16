"""The first row of a table: names of columns in all the ways they are written, or a row like the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.containers import reader
from lake.containers.headers import is_header, names_of

ASKED = [
    ["Why is the sky blue on a clear day, and red in the evening?", "Small parts of the air scatter blue light more."],
    ["Who wrote the oldest of the songs that are sung at harvest?", "A poet of old, whose name nobody remembers."],
]
SUMS = [["What is two and two?", "4"], ["What is three and four?", "7"], ["What is one and one?", "2"]]
CHOICES = [["Which is red?", "Snow", "Blood", "Grass", "B"], ["Which is cold?", "Ice", "Fire", "Steam", "A"]]


@pytest.mark.parametrize(
    ("first", "following"),
    [
        (["", "instruction", "output"], [["0", *ASKED[0]], ["1", *ASKED[1]]]),
        (["question", "answer"], SUMS),
        (["问题", "答案"], ASKED),
        (["Question?", "% right", "#"], [["What is two and two?", "40.5", "1"], ["What is one and one?", "12", "2"]]),
        (["question", "notes", "notes"], [["What is it?", "a", "b"], ["Who is it?", "c", "d"]]),
        (["The question as it was asked of the pupils, in their own words", "answer"], ASKED),
        (["q", "a"], ASKED),
        (["Frage / Aufgabe", "Antwort (kurz)"], ASKED),
        (["1. question", "2. answer"], ASKED),
    ],
)  # fmt: skip
def test_names(first: list[str], following: list[list[str]]) -> None:
    assert is_header(first, following)


@pytest.mark.parametrize(
    "rows", [ASKED, SUMS, CHOICES, [["Yes", "No"], ["No", "Yes"]], [["", ""], ["a", "b"]], [["7", "x"], ["8", "y"]]]
)
def test_a_row_like_the_others(rows: list[list[str]]) -> None:
    assert not is_header(rows[0], rows[1:])


def test_wanted_names_make_a_header() -> None:
    assert not is_header(["Was ist das?", "Das ist es."], ASKED)
    assert is_header(["Was ist das?", "Das ist es."], ASKED, wanted=["Was ist das?"])


def test_names_without_a_name_and_repeated_ones() -> None:
    assert names_of(["", "a", " a ", "b", "", "a"]) == ["Unnamed: 0", "a", "a_2", "b", "Unnamed: 4", "a_3"]


def test_rows_of_a_table_with_an_index(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",question,answer\n0,Why?,So.\n1,Who?,Me.\n")
    (block,) = reader.blocks(path, "a.csv", block_bytes=1 << 20, scratch=tmp_path)
    assert [record for _, record in reader.read(block)] == [
        {"Unnamed: 0": "0", "question": "Why?", "answer": "So."},
        {"Unnamed: 0": "1", "question": "Who?", "answer": "Me."},
    ]
