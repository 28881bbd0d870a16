"""The small worked examples of every axis, computed by hand or from the definitions."""

from __future__ import annotations

import pyarrow as pa
import pytest

from scorers.batch import Batch
from scorers.catalogue import catalogue

A = ("the cat sat on the mat", "and the dog sat on the cat")
D = (
    "the cat sat on the mat and the dog sat on the cat while a bird looked at the very old house near the river bank "
    "and then it flew away over green hills and far beyond the quiet town where nobody ever goes at night because it "
    "is cold there"
)
PUNCTUATED = "Hello , world ! Hello world"
REPEATED = " ".join(["a"] * 30 + ["b"] * 20 + [f"w{i}" for i in range(10)])
INSIDE = "<think>```python\ny```</think>\n```python\nx = 1\n```"
OUTSIDE = "<think>x</think>\n```python\nx = 1\n```"

Outcome = tuple[float | None, str, str | None]


def outcome(
    axis: str, response: str | None, instruction: str | None = None, *, parity: bool = False, **options: object
) -> Outcome:
    entry = catalogue().entry(axis)
    batch = Batch(
        pa.table({"instruction": pa.array([instruction], pa.string()), "response": pa.array([response], pa.string())})
    )
    return entry.score(batch, entry.scorer.settings(parity=parity, **options))[axis].outcome(0)


@pytest.mark.parametrize(
    ("axis", "text", "value"),
    [
        ("str_length", "", 0.0),
        ("str_length", "a€😀", 3.0),
        ("compress_ratio", "a", 9.0),
        ("compress_ratio", "hello", 2.6),
        ("hdd", "x " * 50, 1 / 42),
        ("hdd", REPEATED, 0.2142857142857),
        ("hdd", "a b --", 1.0),
        ("hdd", PUNCTUATED, 0.5),
        ("mtld", PUNCTUATED, 6.0),
        ("mtld", "a a", 2.0),
        ("mtld", REPEATED, 2.5043478260869563),
        ("mtld", D, 44.75790881886992),
        ("hdd", D, 0.7710524135648712),
        ("vocd_d", D, 54.57472998),
        ("logical_word_count", "Leading misleading solo butter", 1.0),
        ("logical_word_count", "so；因为so，So", 2.0),
        ("think_or_not", "<THINK >x", 1.0),
        ("think_or_not", "", 0.0),
        ("pure_think", OUTSIDE, 1.0),
        ("pure_think", INSIDE, 0.0),
        ("pure_think", "<think>x</think> done", -1.0),
        ("pure_think", "no tags", -2.0),
        ("pure_think", "```\ndraft\n```</think>\n```\nx\n```", 0.0),
        ("pure_think", "done\n```\nx\n```<think>unclosed ```\ny\n```", 0.0),
        ("token_length", "Hello world", 2.0),
        ("token_length", "<|endoftext|>", 7.0),
        ("token_length", "", 0.0),
        ("response_token_length", "Hello world", 2.0),
        ("token_entropy", "a", 0.0),
        ("token_entropy", " a b a b", 1.0),
        ("unique_ntoken", " a b a b a", 0.5),
        ("gram_entropy", "Yes yes no NO", 1.0),
        ("gram_entropy", "Stop.", 1.0),
        ("unique_ngram", "a b a b a", 0.5),
        ("ts_python", "```python\nx = 1\n```", 1.0),
        ("ts_python", "```py\nx = = 1\n```", 0.0),
        ("ts_python", "Run\n```bash\necho it is\n```\nthen\n```\nprint(1)\n```", 1.0),
        ("ts_python", "It is ```x = 1```.", 1.0),
        ("ts_python", "```python\nx = 1\n``` and ```python\ndef\n```", 0.0),
        ("pure_think", "<think>a</think>```\nx\n```<redacted_reasoning>```\ny\n```</redacted_reasoning>", 0.0),
    ],
)
def test_canonical_value(axis: str, text: str, value: float) -> None:
    assert outcome(axis, text)[0] == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("axis", "text", "value"),
    [
        ("hdd", "a b --", 2 / 3),
        ("hdd", PUNCTUATED, 2 / 6),
        ("hdd", "", 0.0),
        ("mtld", "all words differ here", -1.0),
        ("mtld", "", 0.0),
        ("compress_ratio", "", 0.0),
        ("vocd_d", D, 54.74072380990882),
        ("vocd_d", "too short", 0.0),
        ("pure_think", "```\ndraft\n```</think>\n```\nx\n```", 1.0),
        ("pure_think", "", -2.0),
        ("ts_python", "Hello", 1.0),
        ("ts_python", "x = = 1", 0.0),
        ("ts_python", "```bash\necho it is\n```", 0.0),
        ("ts_python", "", 0.0),
        ("token_entropy", None, 0.0),
        ("unique_ngram", "one", 0.0),
    ],
)
def test_parity_value(axis: str, text: str | None, value: float) -> None:
    assert outcome(axis, text, parity=True)[0] == pytest.approx(value, rel=1e-9)


def test_instruction_and_response_are_joined_by_a_line_feed() -> None:
    assert outcome("str_length", A[1], A[0])[0] == 49
    assert outcome("compress_ratio", A[1], A[0])[0] == 40 / 49
    assert outcome("hdd", A[1], A[0])[0] == pytest.approx(0.5384615384615385)
    assert outcome("mtld", A[1], A[0])[0] == 13.0
    assert outcome("gram_entropy", A[1], A[0])[0] == pytest.approx(2.623516641218015)
    assert outcome("unique_ngram", A[1], A[0])[0] == 0.75


def test_substrings_are_counted_anywhere() -> None:
    assert outcome("logical_word_count", "Leading misleading solo butter", match_mode="substring")[0] == 6


@pytest.mark.parametrize(
    ("axis", "response", "reason"),
    [
        ("compress_ratio", "", "the text is empty"),
        ("mtld", "  \n ", "the text has no words"),
        ("mtld", "every word differs", "no word repeats"),
        ("hdd", "--- !!!", "the text has no words"),
        ("vocd_d", "word " * 50, "the text has at most 50 words"),
        ("vocd_d", " ".join(chr(0x4E00 + i) for i in range(60)), "no word repeats"),
        ("think_or_not", None, "there is no response"),
        ("response_token_length", None, "there is no response"),
        ("token_entropy", "", "the text has no tokens"),
        ("unique_ntoken", "a", "the text has fewer than 2 tokens"),
        ("gram_entropy", " \n ", "the text has no words"),
        ("unique_ngram", "word", "the text has fewer than 2 words"),
        ("ts_python", "Hello", "the response has no Python block"),
        ("ts_python", "```bash\nls\n```", "the response has no Python block"),
        ("pure_think", None, "there is no response"),
    ],
)
def test_what_has_no_value_says_why(axis: str, response: str | None, reason: str) -> None:
    assert outcome(axis, response) == (None, "not_applicable", reason)


def test_a_missing_response_leaves_the_instruction_as_the_text() -> None:
    assert outcome("str_length", None, "four")[0] == 4
    assert outcome("str_length", None, None) == (0.0, "ok", None)


def test_canonically_equal_texts_have_equal_values() -> None:
    composed, decomposed = "caf\u00e9 caf\u00e9 tea", "cafe\u0301 caf\u00e9 tea"
    for axis in ("str_length", "mtld", "hdd", "compress_ratio"):
        assert outcome(axis, composed) == outcome(axis, decomposed)
    assert outcome("str_length", decomposed, parity=True)[0] == 14
