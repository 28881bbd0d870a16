"""The encoding of whole batches against tiktoken text by text, and other tokenizers by name or path."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scorers.batch import Batch
from scorers.derived.tokens import token_words, tokens
from scorers.encoders import PATTERN, o200k_encoding
from scorers.o200k_table import O200K, o200k_table

PIECES = st.one_of(
    st.sampled_from("abcABC .?!,:'\"()[]-–—’/\\_019\n\t\r\u00a0\u2028\x1c\x85é中文。😀ſıℂ𝐀ß٣½²\u0301ǅʰ"),
    st.sampled_from(
        ["'S", "'ll", "'Re", "'ſ", " The", "camelCase", "HTTPServer", "  ", "\r\n", "//\n", "中文字符" * 5]
    ),
    st.characters(exclude_categories=["Cs"]),
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def batch_of(texts: list[str | None]) -> Batch:
    return Batch(pa.table({"instruction": pa.array([None] * len(texts), pa.string()), "response": pa.array(texts)}))


def encoded(texts: list[str | None], encoder: str = O200K) -> list[list[int]]:
    found = tokens(batch_of(texts), encoder, "response", raw=True)
    return [found.ids[a:b].tolist() for a, b in zip(found.offsets, found.offsets[1:], strict=False)]


@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
@example(texts=["<|endoftext|> is text", "", "x" * 700, "\U0010fffe\u0378 not assigned", "plain"])
@settings(max_examples=300, deadline=None)
def test_tokens_of_random_texts_are_those_of_tiktoken(texts: list[str]) -> None:
    assert encoded(list(texts)) == [o200k_encoding().encode_ordinary(text) for text in texts]


@given(pairs=st.lists(st.tuples(st.none() | TEXTS, st.none() | TEXTS), min_size=1, max_size=20))
@example(pairs=[("a", "/b"), ("a!", "\n\nb"), ("a ", "b"), ("", "b"), (None, "b"), ("a", None), ("a\n", "\u3000b")])
@settings(max_examples=200, deadline=None)
def test_tokens_of_samples_are_those_of_both_texts_in_one(pairs: list[tuple[str | None, str | None]]) -> None:
    columns = zip(*pairs, strict=True)
    batch = Batch(pa.table([pa.array(column, pa.string()) for column in columns], ["instruction", "response"]))
    found = tokens(batch, raw=True)
    parts = [found.ids[a:b].tolist() for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
    texts = ["\n".join(text for text in pair if text) for pair in pairs]
    assert parts == [o200k_encoding().encode_ordinary(text) for text in texts]


def test_every_character_is_cut_as_tiktoken_cuts_it() -> None:
    points = [*range(0x3000), *range(0xA640, 0xABFF), *range(0xF900, 0xFFFF), *range(0x1D400, 0x1D800)]
    texts = [f"aA{chr(p)}b {chr(p)}{chr(p)}1{chr(p)}B{chr(p)}\n{chr(p)}'s" for p in points]
    assert encoded(list(texts)) == [o200k_encoding().encode_ordinary(text) for text in texts]
    after = Batch(pa.table({"instruction": ["a!"] * len(points), "response": [chr(p) for p in points]}))
    ids, offsets = tokens(after, raw=True)
    assert [ids[a:b].tolist() for a, b in pairwise(offsets)] == [
        o200k_encoding().encode_ordinary(f"a!\n{chr(p)}") for p in points
    ]


def test_tokens_of_real_texts_are_those_of_tiktoken(shared_data: Path) -> None:
    texts = []
    for name in ("new_codealpaca/new_codealpaca.json", "alpaca_zh_translated/alpaca_zh_0-3252.json"):
        rows = json.loads((shared_data / "datasets" / name).read_text())
        texts += ["\n".join(str(value) for value in row.values()) for row in rows[::3]]
    assert len(texts) > 1_000
    assert encoded(list(texts)) == [o200k_encoding().encode_ordinary(text) for text in texts]


def test_the_cut_is_the_one_tiktoken_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    from tiktoken_ext import openai_public

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    assert openai_public.o200k_base()["pat_str"] == PATTERN


def test_texts_that_hold_what_is_put_between_texts_are_encoded_as_others() -> None:
    texts = ["\ufdd0", "\ufdd1 a", "b \ufdd0\ufdd1 c", "\ufdd0\ufdd1", ""]
    assert encoded(list(texts)) == [o200k_encoding().encode_ordinary(text) for text in texts]


def test_a_million_spaces_in_a_row_are_tokens_like_others() -> None:
    (few,), (many,) = encoded([f"a{' ' * 5_000} b"]), encoded([f"a{' ' * 1_000_000} b"])
    assert o200k_encoding().decode(many) == f"a{' ' * 1_000_000} b"
    assert (many[0], many[-1]) == (few[0], few[-1])
    assert encoded(["plain", " " * 1_000_000])[0] == encoded(["plain"])[0]


def test_a_missing_text_has_no_tokens_and_ids_count_from_0() -> None:
    batch = batch_of(["a b a b", None, "b a"])
    found = token_words(batch, O200K, "response")
    assert found.ids.tolist() == [0, 1, 2, 1, 0, 1]
    assert found.offsets.tolist() == [0, 4, 4, 6]
    assert found.types.tolist() == [3, 0, 2]


def test_a_table_in_a_file_is_used_when_it_is_genuine(tmp_path: Path) -> None:
    table = o200k_table()
    assert table is not None
    genuine, other = tmp_path / "o200k.tiktoken", tmp_path / "other.tiktoken"
    genuine.write_bytes(table)
    other.write_bytes(table[:1000])
    assert encoded(["Hello world"], str(genuine)) == encoded(["Hello world"]) == [[13225, 2375]]
    assert o200k_table(str(other)) is None


def test_a_tokenizer_of_hugging_face_is_given_by_folder_or_file(goldens: Path) -> None:
    from transformers import AutoTokenizer

    folder = goldens / "tiny_models" / "causal_llama"
    theirs = AutoTokenizer.from_pretrained(str(folder))
    texts = ["The cat sat.", "", "中文 and </s>"]
    wanted = [theirs(text, add_special_tokens=False)["input_ids"] for text in texts]
    assert encoded(list(texts), str(folder)) == wanted
    assert encoded(list(texts), str(folder / "tokenizer.json")) == wanted
