"""The compiled word split against NLTK's own code over the same model, on random and on real texts."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scorers.batch import Batch
from scorers.derived.nltk_tokenizer import word_tokenize
from scorers.derived.nltk_words import nltk_words

# What the rules look at, alone and in the places that matter.
PIECES = st.one_of(
    st.sampled_from(
        "abcdst .?!,:;'\"`()[]{}<>-–—‘’“”«»„…*@#$%&/\\_0123456789\n\t\u00a0\u2028\x1c\x85é中。😀ſıℂß٣½\u0301"
    ),
    st.sampled_from(
        [
            " e.g. ",
            "  mr. ",
            " dr. ",
            " u.s. ",
            " a. ",
            " 3. ",
            " 12,5.",
            " ...",
            "''",
            "``",
            "--",
            "cannot",
            "gimme ",
            "gonna",
            "gotta",
            "lemme",
            "wanna ",
            "more'n",
            "d'ye",
            "'tis",
            " 'twas",
            "don't",
            "'ll",
            "'s",
            "'re ",
            "x.y.",
            "?!",
            ". . .",
            "etc.",
            "inc. and",
            "no. 5",
            "st. john",
            " ph.d.",
            " j. k. ",
            " the ",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def expected(text: str) -> list[int]:
    known: dict[str, int] = {}
    return [known.setdefault(word, len(known)) for word in word_tokenize(text.lower())]


def split(texts: list[str]) -> list[list[int]]:
    batch = Batch(pa.table({"instruction": pa.array([""] * len(texts)), "response": pa.array(texts, pa.string())}))
    found = nltk_words(batch, "response", raw=True)
    parts = [found.ids[a:b].tolist() for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
    assert [len(set(part)) for part in parts] == found.types.tolist()
    return parts


@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
@example(texts=['"Quoted." He said (so). "', "Mr. Smith paid $3.50, e.g. in the U.S. Then left.", "", "\n \x1c"])
@example(texts=["It's 5 p.m. and I can't.  'Tis more'n d'ye gimme!!! ... -- [x]", "a, b:c, 1,000: 3.", "x . . . y"])
@settings(max_examples=400, deadline=None)
def test_words_of_random_texts_are_those_of_nltk(texts: list[str]) -> None:
    assert split(texts) == [expected(text) for text in texts]


def test_words_of_real_texts_are_those_of_nltk(goldens: Path) -> None:
    rows = [json.loads(line) for line in (goldens / "public.jsonl").open()]
    texts = [f"{row['instruction']}\n{row['input']}\n{row['output']}" for row in rows]
    assert split(texts) == [expected(text) for text in texts]


def test_words_of_real_datasets_are_those_of_nltk(shared_data: Path) -> None:
    texts = []
    for name in ("alpaca_en_demo/alpaca_en_demo.json", "dolly_3k_filtered/dolly_3k.json", "emollm_data/data.json"):
        rows = json.loads((shared_data / "datasets" / name).read_text())
        texts += ["\n".join(str(value) for value in row.values()) for row in rows[::7]]
    assert len(texts) > 500
    assert split(texts) == [expected(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop.", 4),
        ("Mr. Smith left.", 4),
        ("See U.S. maps, please.", 6),
        ("One. Two.", 4),
        ('She said "yes".', 6),
        ("3.14, 2,000 and a-b", 5),
    ],
)
def test_words_are_counted_as_people_would(text: str, words: int) -> None:
    assert len(split([text])[0]) == words
