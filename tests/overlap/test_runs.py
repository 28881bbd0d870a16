"""Keys and runs of words: what makes two prompts the same, and which runs texts are sure to share."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.overlapping.functions import word_keys_of

WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn"]), min_size=0, max_size=40)


def key(text: str | None) -> int | None:
    found = word_keys_of(pa.array([text], pa.string()))[0][0].as_py()
    return None if found is None else int(found)


def runs(text: str, ngram: int = 5, window: int = 4) -> set[int]:
    return set(word_keys_of(pa.array([text]), ngram, window)[3].tolist())


@pytest.mark.parametrize(
    "same",
    [
        "what is 7 times 6 please",
        "What is 7 times 6, please?",
        "  what\tis «7» times *6* — PLEASE!!!",
        "ｗｈａｔ is 7 times 6 please",
    ],
)
def test_keys_see_letters_and_digits_alone(same: str) -> None:
    assert key(same) == key("What is 7 times 6 please?")


@pytest.mark.parametrize(
    "other", ["what is 7 times 9 please", "what is 6 times 7 please", "what is 7 times 6", "whatis 7 times 6 please"]
)
def test_other_words_have_other_keys(other: str) -> None:
    assert key(other) != key("What is 7 times 6 please?")


def test_under_eight_letters_and_digits_there_is_no_key() -> None:
    assert key("Hi, you!") is None
    assert key("Hi, you 123") is not None
    assert key("你好，世界你好，") is None  # six characters, though eighteen bytes
    assert key("你好，世界你好世界") is not None
    assert key("") is None
    assert key(None) is None


def test_texts_of_a_batch_do_not_mix() -> None:
    texts = ["one two three four five six seven", "", "one two three four five six eight", None, "short"]
    keys, words, edges, found = word_keys_of(pa.array(texts), 5, 4)
    assert words.tolist() == [7, 0, 7, 0, 1]
    parts = [found[a:b].tolist() for a, b in itertools.pairwise(edges)]
    assert parts[1] == parts[3] == []
    assert [keys[row].as_py() for row in (0, 2)] == [key(texts[0]), key(texts[2])]
    assert parts[0] == sorted(parts[0], key=lambda code: np.uint64(code % 2**64))
    assert set(parts[0]) == runs(texts[0])


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, WORDS, st.lists(st.sampled_from(["op", "qr", "st", "uv", "wx", "yz"]), min_size=8, max_size=12))
def test_texts_that_share_eight_words_in_a_row_share_a_run(
    a: list[str], b: list[str], c: list[str], shared: list[str]
) -> None:
    one, other = " ".join([*a, *shared, *b]), " ".join([*c, *shared])
    assert runs(one) & runs(other)


def test_of_a_long_text_about_two_runs_in_five_are_kept() -> None:
    draw = random.Random(1)
    text = " ".join(f"w{draw.randrange(10**6)}" for _ in range(5000))
    assert 0.37 < len(runs(text)) / 4996 < 0.43


def test_a_text_shorter_than_a_run_has_its_key_as_its_run() -> None:
    assert runs("only four words here") == {key("only four words here")}
