"""The rule for names: what passes, what is refused and what is proposed instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.errors import UsageError
from lake.names import LONGEST, cleaned_name, validate_name


@pytest.mark.parametrize("name", ["a", "7b", "gsm8k_train", "Qwen2.5-7B", "math-hard.v2", "console", "a" * LONGEST])
def test_accepts(name: str) -> None:
    assert validate_name("dataset", name) == name


@pytest.mark.parametrize(
    ("name", "problem", "proposal"),
    [
        ("", "it is empty", "dataset"),
        ("../x", "it holds '/'", "x"),
        ("..", "it begins with '.'", "dataset"),
        (".hidden", "it begins with '.'", "hidden"),
        ("-rf", "it begins with '-'", "rf"),
        ("ends.", "it ends with a dot", "ends"),
        ("tatsu-lab/alpaca", "it holds '/'", "tatsu-lab-alpaca"),
        ("it's", 'it holds "\'"', "it-s"),
        ('a"b', "it holds '\"'", "a-b"),
        ("x'; drop table samples; --", 'it holds "\'"', "x-drop-table-samples"),
        ("two words", "it holds ' '", "two-words"),
        ("line\nbreak", "it holds '\\n'", "line-break"),
        ("nul\x00byte", "it holds '\\x00'", "nul-byte"),
        ("trailing\n", "it holds '\\n'", "trailing"),
        ("café", "it holds 'é'", "cafe"),
        ("数学", "it holds '数'", "dataset"),
        ("CON", "Windows keeps it for a device", "dataset-CON"),
        ("nul.json", "Windows keeps it for a device", "dataset-nul.json"),
        ("a" * (LONGEST + 1), "it has 101 characters", "a" * LONGEST),
    ],
)
def test_refuses_with_the_rule_and_a_proposal(name: str, problem: str, proposal: str) -> None:
    with pytest.raises(UsageError) as caught:
        validate_name("dataset", name)
    assert problem in caught.value.message
    assert "letters, digits, '_', '.' and '-'" in caught.value.hint
    assert caught.value.hint.endswith(f"try {proposal!r}.")


def test_says_what_the_name_is_of() -> None:
    with pytest.raises(UsageError, match="cannot be the name of a slice"):
        validate_name("slice", "a/b")


@given(st.text())
def test_a_cleaned_name_is_always_valid(name: str) -> None:
    cleaned = cleaned_name("slice", name)
    assert validate_name("slice", cleaned) == cleaned


@given(st.from_regex(r"[a-z0-9][A-Za-z0-9_.-]{0,40}[a-z0-9]", fullmatch=True))
def test_cleaning_changes_nothing_in_a_valid_name(name: str) -> None:
    try:
        validate_name("slice", name)
    except UsageError:
        return
    assert ".." in name or cleaned_name("slice", name) == name
