"""The same sample gets the same ids in every format; different samples get different ones."""

from __future__ import annotations

import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake.identity import content_id, instruction_id, normalised_prompt, sample_id

texts = st.text(st.characters(exclude_categories=["Cs"]))
messages = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), texts), max_size=5)


def test_known_ids_never_change():
    conversation = [("user", "What is 2+2?"), ("assistant", "4")]
    assert str(uuid.UUID(bytes=content_id(conversation))) == "55f0b1e6-7de3-e92a-e721-4a889d5a0951"
    assert str(uuid.UUID(bytes=instruction_id("What is 2+2?"))) == "d3697a27-11b6-19e6-eade-4bc790a6b943"


def test_sample_ids_are_dense_and_sorted():
    assert [sample_id(1, 0), sample_id(1, 1), sample_id(2, 0)] == [4294967296, 4294967297, 8589934592]
    with pytest.raises(ValueError, match="outside"):
        sample_id(1, 2**32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  What\tis\n\n2+2 ? ", "what is 2+2 ?"),
        ("ＡＢＣ　ﬁne", "abc fine"),
        ("STRASSE İ", "strasse i̇"),
        ("", ""),
        ("给出 三个\u3000提示", "给出 三个 提示"),
    ],
)
def test_prompts_are_normalised(text: str, expected: str):
    assert normalised_prompt(text) == expected


@given(texts)
def test_normalising_twice_changes_nothing(text: str):
    once = normalised_prompt(text)
    assert normalised_prompt(once) == once


@given(texts, st.sampled_from(["upper", "padded", "decomposed"]))
def test_instruction_id_ignores_white_space_and_compatibility_forms(text: str, change: str):
    if change == "padded":
        assert instruction_id(f" \n{text}\t ") == instruction_id(text)
    if change == "decomposed":
        assert instruction_id(unicodedata.normalize("NFD", text)) == instruction_id(text)
    if change == "upper" and text.isascii():
        assert instruction_id(text.upper()) == instruction_id(text)


@given(messages)
def test_content_id_sees_through_unicode_forms_only(conversation: list[tuple[str, str]]):
    decomposed = [(role, unicodedata.normalize("NFD", text)) for role, text in conversation]
    assert content_id(decomposed) == content_id(conversation)


@given(messages, messages)
def test_different_conversations_have_different_ids(one: list[tuple[str, str]], other: list[tuple[str, str]]):
    def canonical(conversation: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(role, unicodedata.normalize("NFC", text)) for role, text in conversation]

    assert (content_id(one) == content_id(other)) == (canonical(one) == canonical(other))


def test_content_id_keeps_case_and_roles_apart():
    ids = {
        content_id([("user", "a"), ("assistant", "b")]),
        content_id([("user", "A"), ("assistant", "b")]),
        content_id([("assistant", "a"), ("user", "b")]),
        content_id([("user", "ab")]),
        content_id([("user", "a"), ("user", "b")]),
    }
    assert len(ids) == 5
