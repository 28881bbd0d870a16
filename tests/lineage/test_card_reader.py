"""The reader with a model: schema, tries, quotes that must be in the text; recorded answers through a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from loopback import loopback
from sample_rows import put
from tiny_models import TinyModels

from lake.catalog import Lake
from lake.formats.base import Sample
from pipelines.lineage import lineage
from pipelines.tracing import reader
from pipelines.tracing.claims import Claim, Document
from scorers.engines.interface import Completion, Failed, Generated
from scorers.engines.openai.engine import OpenaiEngine
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts

CARD = """Tales for small models.

The stories were picked from BigTales, and the endings rewritten. Evaluated on GSM8K. Llama-3-8B wrote the
rest, see https://huggingface.co/datasets/acme/seeds for the seeds."""

SAID: list[dict[str, Any]] = [
    {"quote": "The stories were picked from BigTales, and the endings rewritten.", "name": "BigTales", "use": "source",
     "relation": "refinement", "confidence": 0.95},
    {"quote": "Evaluated on GSM8K.", "name": "GSM8K", "use": "evaluation", "relation": "derived", "confidence": 0.9},
    {"quote": "The stories were taken out of BigTales.", "name": "BigTales", "use": "source", "relation": "inclusion",
     "confidence": 0.99},
    {"quote": "Llama-3-8B wrote the rest", "name": "Llama-3-8B", "use": "model", "relation": "derived", "confidence": 0.9},
    {"quote": "Tales for small models.", "name": "TinyStories", "use": "source", "relation": "derived", "confidence": 0.9},
    {"quote": "for the seeds", "name": "https://huggingface.co/datasets/acme/seeds", "use": "source",
     "relation": "augmentation", "confidence": 0.6},
]  # fmt: skip


def generated(text: str, finish: str = "stop") -> Generated:
    return Generated((Completion(text, finish, 1),), 1)


@pytest.mark.parametrize(
    ("text", "finish", "problem"),
    [
        ("", "stop", "the answer is not JSON"),
        ('{"sources": [', "length", "the answer was cut off before its end"),
        ("[]", "stop", "the answer has no list of sources"),
        ('{"sources": [{"name": "x"}]}', "stop", "an entry lacks or adds fields"),
        (json.dumps({"sources": [{**SAID[0], "relation": "stolen"}]}), "stop", "not among those asked for"),
        (json.dumps({"sources": [{**SAID[0], "confidence": 2}]}), "stop", "a confidence beyond 0 to 1"),
        (json.dumps({"sources": [{**SAID[0], "confidence": True}]}), "stop", "an entry has no confidence"),
        (json.dumps({"sources": [{**SAID[0], "quote": " "}]}), "stop", "an entry has no quote or no name"),
    ],
)
def test_an_answer_is_what_the_schema_says_or_nothing(text: str, finish: str, problem: str) -> None:
    found = reader.parsed(generated(text, finish))
    assert isinstance(found, str)
    assert problem in found


def test_thoughts_and_fences_around_an_answer_are_not_the_answer() -> None:
    body = json.dumps({"sources": SAID[:1]})
    assert reader.parsed(generated(f"<think>hm</think>\n```json\n{body}\n```")) == SAID[:1]
    assert reader.parsed(Failed("too_long", "9 tokens")) == "too_long: 9 tokens"


def test_a_quote_occurs_letter_for_letter_but_for_broken_lines() -> None:
    assert reader.occurs("Llama-3-8B wrote the rest, see", CARD)
    assert not reader.occurs("the stories were picked from BigTales", CARD)
    assert not reader.occurs("", CARD)


def test_long_documents_are_asked_about_in_pieces() -> None:
    text = "\n\n".join(f"Paragraph {n} " + "x" * 900 for n in range(40))
    found = reader.pieces(text)
    assert "".join(found) == text
    assert max(map(len, found)) <= reader.CHUNK
    assert all(piece.strip().startswith("Paragraph") for piece in found)
    assert reader.pieces(" \n") == []


class _Recorded:
    """Answers by dataset; each is given in turn when the dataset is asked about again."""

    def __init__(self, answers: dict[str, Sequence[str]]) -> None:
        self.answers = {name: list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        name = prompt.removeprefix("Dataset: ").partition("\n")[0]
        self.asked.append(name)
        given = self.answers[name]
        return given.pop(0) if len(given) > 1 else given[0]


@pytest.fixture
def recorded() -> _Recorded:
    good = json.dumps({"sources": SAID})
    return _Recorded({"tales": ["no json", good], "other": ['{"sources": []}'], "broken": ["no json"]})


@pytest.fixture
def engine(recorded: _Recorded) -> Iterator[OpenaiEngine]:
    with loopback(recorded) as server:
        facts = ModelFacts("mine", "mine", "causal", ("openai",), server=server.url)
        opened = OpenaiEngine(facts, Options(timeout=20, attempts=2))
        yield opened
        opened.close()


def test_claims_hold_what_is_in_the_text_and_the_rest_is_refused(engine: OpenaiEngine, recorded: _Recorded) -> None:
    documents = [
        Document("tales", "card", CARD),
        Document("other", "card", "Rows."),
        Document("broken", "card", "Rows."),
    ]
    tales, other, broken = reader.read(engine, documents)
    assert [(claim.mention, claim.use, claim.problem) for claim in tales.claims] == [
        ("BigTales", "source", ""),
        ("GSM8K", "evaluation", ""),
        ("BigTales", "source", "the quote does not occur in the document"),
        ("Llama-3-8B", "mention", ""),
        ("TinyStories", "source", "neither the quote nor the document names it"),
        ("https://huggingface.co/datasets/acme/seeds", "source", ""),
    ]
    assert (tales.problem, tales.asked) == ("", 2)
    assert (other.claims, other.problem, other.asked) == ((), "", 1)
    assert (broken.claims, broken.asked) == ((), 3)
    assert broken.problem.startswith("the answer is not JSON")
    assert sorted(recorded.asked) == ["broken"] * 3 + ["other"] + ["tales"] * 2


def test_a_card_that_was_read_is_not_asked_about_again(lake: Lake, engine: OpenaiEngine, recorded: _Recorded) -> None:
    for name, text in (("tales", CARD), ("broken", "Rows."), ("BigTales", None)):
        put(lake, name, [Sample(instruction=f"{name} {n}", response="x") for n in range(3)])
        write_card(lake, name, text)
    report = lineage(lake, engine=engine)
    assert (report.read, list(report.failed)) == (1, ["broken: card"])
    edges = lake.rows("select child, parent, relation, verdict, quote from lineage_edges order by all")
    assert edges == [("tales", "BigTales", "refinement", "declared only", SAID[0]["quote"])]
    outcomes = dict(
        lake.rows("select mention || ': ' || relation, outcome from lineage_claims where reader like 'mine%'")
    )
    assert outcomes == {
        "BigTales: refinement": "edge",
        "BigTales: inclusion": "refused",
        "GSM8K: derived": "refused",
        "Llama-3-8B: derived": "refused",
        "TinyStories: derived": "refused",
        "https://huggingface.co/datasets/acme/seeds: augmentation": "review",
    }
    recorded.asked.clear()
    again = lineage(lake, engine=engine)
    assert (again.current, again.read, set(recorded.asked)) == (True, 0, {"broken"})
    assert lineage(lake).current  # without a model, what models found before counts
    write_card(lake, "tales", CARD + " More.")
    assert lineage(lake).claims.get("edge", 0) == 1  # of the cues: what was read was another text
    lineage(lake, engine=engine)
    assert recorded.asked.count("tales") == 1


def write_card(lake: Lake, name: str, text: str | None) -> None:
    lake.transact(
        lambda connection: connection.execute("update datasets set card = ? where dataset = ?", [text, name]),
        message="card",
    )


@pytest.mark.slow
def test_a_local_model_answers_by_the_schema(tiny: TinyModels) -> None:
    from scorers.engines.opening import start
    from scorers.models.known import of_folder

    facts = replace(of_folder(tiny.of("qwen3", max_position_embeddings=8192)), engines=("vllm",))
    with_engine = start(facts, Options(max_length=8192, memory_share=0.3))
    try:
        readings = reader.read(with_engine, [Document("tales", "card", CARD)], max_tokens=200)
    finally:
        with_engine.close()
    # Random weights: what is held to here is that the engine takes prompt and schema, and that nothing invented counts.
    assert len(readings) == 1
    assert readings[0].asked in (1, 2, 3)
    assert readings[0].problem == "the answer was cut off before its end" or not readings[0].problem
    assert all(claim.problem or reader.occurs(claim.quote, CARD) for claim in readings[0].claims)


def test_what_a_claim_says_is_checked_against_the_text_again() -> None:
    claim = Claim("tales", "BigTales", "inclusion", 0.9, SAID[0]["quote"], "card", "mine")
    assert reader.checked(claim, CARD).problem == ""
    assert reader.checked(claim, "Another text.").problem == "the quote does not occur in the document"
