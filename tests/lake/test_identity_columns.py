"""Identities made from columns are those made row by row."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lake.identity import content_id, instruction_id
from lake.identity_columns import content_ids, instruction_ids, uuids

# Characters whose normal form depends on what stands beside them, next to any other.
_ODD = "\u0301\u0327\u09be\u1100\u1161\u11a8\u212bÅéÉßΣςσİıǅ\u00a0\u2003\u3000\x1c\x85 \t\nﬁＡ㎏가각\U0001d400\U0001f600\U00011127\U00020000"
texts = st.text(st.one_of(st.sampled_from(_ODD), st.characters(exclude_categories=["Cs"])))
rows = st.lists(st.tuples(st.none() | texts, texts, st.none() | texts), max_size=8)


def conversation(row: tuple[str | None, str, str | None]) -> list[tuple[str, str]]:
    roles = ("system", "user", "assistant")
    return [(role, text) for role, text in zip(roles, row, strict=True) if text is not None]


@settings(deadline=None)
@given(rows)
@example([(None, "\u1100\u1161", "a"), ("s", "", None)])
def test_content_ids_are_those_of_single_rows(given_rows: list[tuple[str | None, str, str | None]]) -> None:
    columns = [pa.array([row[place] for row in given_rows], pa.string()) for place in range(3)]
    assert content_ids(*columns) == [content_id(conversation(row)) for row in given_rows]


@settings(deadline=None)
@given(st.lists(texts, max_size=8))
@example(["ΑΣ ΑΣ", "İ", "  A\u0301 B  ", "\u1100\u1161"])
def test_instruction_ids_are_those_of_single_rows(prompts: list[str]) -> None:
    assert instruction_ids(pa.array(prompts, pa.string())) == [instruction_id(prompt) for prompt in prompts]


def test_every_character_alone_and_after_a_letter() -> None:
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    for before in ("", "a", "\u1100"):
        prompts = [before + character for character in characters]
        assert instruction_ids(pa.array(prompts)) == [instruction_id(prompt) for prompt in prompts]
        none = pa.nulls(len(prompts), pa.string())
        expected = [content_id([("user", unicodedata.normalize("NFC", prompt))]) for prompt in prompts]
        assert content_ids(none, pa.array(prompts), none) == expected


def test_slices_of_columns_and_their_uuids() -> None:
    prompts = pa.array(["one", "Two", "three"]).slice(1)
    ids = instruction_ids(prompts)
    assert ids == [instruction_id("two"), instruction_id("three")]
    assert uuids(ids).storage.to_pylist() == ids
