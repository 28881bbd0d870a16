"""The deterministic reader of cards: which links and names are sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lineage.cards import CARDS

from pipelines.tracing import cues
from pipelines.tracing.claims import Document
from pipelines.tracing.judged import judge
from pipelines.tracing.registry import Known, Registry


def found(name: str) -> set[tuple[str, str]]:
    """(node, relation) of every claim of a card that becomes an edge."""
    registry = Registry({name: Known(name)})
    judged = judge(cues.read(Document(name, "card", CARDS[name][0])), registry, {})
    return {(each.resolution.node, each.claim.relation) for each in judged if each.outcome == "edge"}


@pytest.mark.parametrize("name", CARDS)
def test_the_sources_of_a_card(name: str) -> None:
    assert found(name) == CARDS[name][1]


def test_what_is_evaluated_on_or_only_linked_is_told_with_its_reason() -> None:
    registry = Registry({"short-alpaca": Known("short-alpaca")})
    judged = judge(cues.read(Document("short-alpaca", "card", CARDS["short-alpaca"][0])), registry, {})
    refused = {
        (each.resolution.node, each.reason) for each in judged if each.outcome == "refused" and each.resolution.node
    }
    assert refused == {
        ("openai/gsm8k", "only evaluated on"),
        ("cais/mmlu", "only evaluated on"),
        ("databricks/databricks-dolly-15k", "mentioned, not used"),
    }


def test_a_link_that_nothing_is_said_of_is_a_question() -> None:
    claims = cues.read(Document("one", "card", "More of it: https://huggingface.co/datasets/acme/tales"))
    judged = judge(claims, Registry({"one": Known("one")}), {})
    assert [(each.resolution.node, each.outcome) for each in judged] == [("acme/tales", "review")]


def test_a_dataset_of_the_lake_is_found_by_its_bare_name() -> None:
    claims = cues.read(Document("one", "card", "Sampled from our count-tales, and so on."), {"count-tales", "one"})
    assert [(claim.mention, claim.relation) for claim in claims] == [("count-tales", "inclusion")]


def test_a_short_name_is_one_in_capitals_only() -> None:
    found = cues.read(Document("one", "card", "Sampled from MBPP and from code."), {"code", "one"})
    assert [claim.mention for claim in found] == ["MBPP"]


@given(st.text(alphabet="ab.#-*|`\n [](https://hf.co/datasets/x)", max_size=300))
def test_every_quote_is_in_its_document(text: str) -> None:
    for start, end in cues.sentences(text):
        assert text[start:end].strip()
    for claim in cues.read(Document("one", "card", text)):
        assert claim.quote in text
