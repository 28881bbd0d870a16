"""Generated answers against references: what kind a reference is, what an answer ends with, and what agrees."""

from __future__ import annotations

import pytest

from scorers.judging import mathematics
from scorers.judging.checking import Checks, Task, check
from scorers.judging.programs import passes, program_in
from scorers.judging.references import final_answer, last_box, pairs_of, same_text, verifier_of


@pytest.mark.parametrize(
    ("reference", "way"),
    [
        ("72", "mathematics"),
        ("$1,000.50", "mathematics"),
        ("\\frac{1}{2}", "mathematics"),
        ("x = 5", "mathematics"),
        ("3/4", "mathematics"),
        ("(1, 2)", "mathematics"),
        ("B", "exact"),
        ("(C)", "exact"),
        ("True", "exact"),
        ("no", "exact"),
        ("Paris", "exact"),
        ("New York City", "exact"),
        ("assert f(1) == 2", "program"),
        ("def check(candidate):\n    assert candidate(1) == 2", "program"),
        ('{"inputs": ["1"], "outputs": ["2"]}', "program"),
        ("The treaty was signed after long negotiations", "judge"),
    ],
)
def test_the_form_of_a_reference_says_how_it_is_checked(reference, way):
    assert verifier_of(reference) == way


def test_what_an_attempt_ends_with():
    assert last_box(r"\boxed{1} then \boxed{\frac{1}{2}} end") == r"\frac{1}{2}"
    assert last_box(r"\boxed{never closed") is None
    assert last_box("none") is None
    assert final_answer("The answer is 3.\nNo: the answer is 4") == "4"
    assert final_answer("Well.\n\n  B \n") == "B"
    assert final_answer("") == ""


@pytest.mark.parametrize(
    ("reference", "attempt", "agrees"),
    [
        ("B", "The final answer is (B)", True),
        ("(B)", r"\boxed{B}", True),
        ("B", "The answer is B) Paris", True),
        ("B", "The answer is C", False),
        ("Paris", "It is \\boxed{\\text{paris}}", True),
        ("Paris", "the answer is: **Paris**.", True),
        ("Paris", "London, not Paris", False),
        ("yes", "Yes.", True),
        ("no", "Yes.", False),
        ("Paris", "", False),
    ],
)
def test_texts_agree_up_to_case_and_markup(reference, attempt, agrees):
    assert same_text(reference, attempt) is agrees


def test_pairs_of_input_and_output_are_told_from_other_json():
    assert pairs_of('{"inputs": ["1 2", ["3", "4"]], "outputs": ["3", 7]}') == [("1 2", "3"), ("3\n4", "7")]
    for other in ("{}", "[1]", "5", '{"inputs": ["1"], "outputs": []}', "not json"):
        assert pairs_of(other) is None


def test_the_program_is_the_last_block_or_all():
    assert program_in("x\n```python\na\n```\ny\n```py\nb\nc\n```") == "b\nc"
    assert program_in("```python\ncut off") == "cut off"
    assert program_in("a = 1") == "a = 1"


@pytest.mark.slow
def test_mathematics_agrees_by_value_and_a_pair_without_end_is_undecided():
    pairs = [
        ("72", "so \\boxed{72}"),
        ("72", "\\boxed{73}"),
        ("\\frac{1}{2}", "The answer is 0.5"),
        ("x^2+2x+1", "\\boxed{(x+1)^2}"),
        ("1,000", "1000"),
        ("72", ""),
    ]
    assert mathematics.compare(pairs) == [True, False, True, True, True, False]
    assert mathematics.compare([]) == []


@pytest.mark.slow
def test_a_child_that_hangs_or_dies_costs_its_pair_only(monkeypatch, tmp_path):
    (tmp_path / "fake.py").write_text(
        "import json, os, sys, time\n"
        "for line in sys.stdin:\n"
        "    gold, said = json.loads(line)\n"
        "    if said == 'hang': time.sleep(600)\n"
        "    if said == 'die': os._exit(9)\n"
        "    print(json.dumps(gold == said), flush=True)\n"
    )
    started = mathematics.subprocess.Popen
    monkeypatch.setattr(
        mathematics.subprocess,
        "Popen",
        lambda command, **given: started([command[0], str(tmp_path / "fake.py")], **given),
    )
    pairs = [("1", "1"), ("1", "hang"), ("1", "2"), ("1", "die"), ("1", "1")]
    assert mathematics.compare(pairs, patience=3.0) == [True, None, False, None, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reference", "attempt", "passed"),
    [
        ("assert add(1, 2) == 3", "```python\ndef add(a, b): return a + b\n```", True),
        ("assert add(1, 2) == 3", "def add(a, b): return a - b", False),
        ("assert add(1, 2) == 3", "raise SystemExit(0)", False),
        ("assert add(1, 2) == 3", "while True: pass", False),
        ("def check(candidate):\n    assert candidate(2) == 4\n\ncheck(double)", "def double(x): return 2 * x", True),
        (
            "# entry_point: double\ndef check(candidate):\n    assert candidate(2) == 5",
            "def double(x): return 2 * x",
            False,
        ),
        ('{"inputs": ["1 2", "5 5"], "outputs": ["3", "10"]}', "print(sum(map(int, input().split())))", True),
        ('{"inputs": ["1 2", "5 5"], "outputs": ["3", "11"]}', "print(sum(map(int, input().split())))", False),
    ],
)
def test_programs_pass_or_fail_their_tests(reference, attempt, passed):
    from scorers.sandbox.run import Limits

    assert passes(reference, attempt, Limits(seconds=2, wall=60.0)) is passed


def test_what_is_not_allowed_or_not_there_is_said():
    tasks = [
        Task("q", "", ("a",)),
        Task("q", "assert f()", ("a",)),
        Task("q", "a long free text that needs a judge", ("a",)),
        Task("q", "B", ("A", "B")),
    ]
    found = check(tasks, Checks())
    assert [each.status for each in found] == ["not_applicable"] * 3 + ["ok"]
    assert [each.verifier for each in found] == [None, "program", "judge", "exact"]
    assert found[3].agreed == (False, True)
