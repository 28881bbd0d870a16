"""What is too long loses the end of its content, never the scaffold around it; and says how much."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import TinyModels

from scorers.engines.interface import Failed, Ids, Prompt, Scored
from scorers.engines.tokenizer import HubTokenizer
from scorers.signals import answer, deita, example, rating, rewards, yes
from scorers.signals.asking import Asked, Reader, Sample, Signal
from scorers.signals.fitting import Frame, fitted, longest_first
from scorers.signals.named import named
from scorers.signals.questions import QUESTIONS, answered_yes

pytestmark = pytest.mark.slow

LONG = Sample("What is it? " * 60, "It is this and that, and more. " * 80, "a reference " * 50, "a context " * 50)
MOST = 200

ENDS: list[tuple[Signal, str]] = [
    (rating.rating(1), "\nThe answer is: \n"),
    (yes.yes(), "\n\n\nyes"),
    (deita.complexity(), "  \n##Complexity: "),
    (deita.quality(), " \n##Quality: "),
    (rewards.chat(), "<|im_end|>\n"),
    (answer.given_prompt(), ""),
    (example.zero_shot(), ""),
]


@pytest.fixture(scope="module")
def tokenizer(tiny: TinyModels) -> HubTokenizer:
    return HubTokenizer(tiny.of("llama"))


def ids_of(asked: Asked) -> list[Ids]:
    return [request.ids for request in asked.requests]


@pytest.mark.parametrize(("signal", "end"), ENDS, ids=lambda each: getattr(each, "name", ""))
def test_prompts_keep_their_ends(signal: Signal, end: str, tokenizer: HubTokenizer) -> None:
    whole = signal.ask(LONG, Reader(tokenizer))
    found = signal.ask(LONG, Reader(tokenizer, MOST))
    assert isinstance(whole, Asked)
    assert isinstance(found, Asked)
    (ids,), (before,) = ids_of(found), ids_of(whole)
    assert len(ids) <= MOST
    assert tokenizer.decode(ids).endswith(end)
    assert (whole.cut, found.cut) == (0, len(before) - len(ids))
    assert tokenizer.decode(ids)[:40] == tokenizer.decode(before)[:40]


def test_an_answer_after_its_prompt_and_alone_are_the_same_tokens(tokenizer: HubTokenizer) -> None:
    for most in (0, MOST, 40):
        reader = Reader(tokenizer, most)
        both = [signal.ask(LONG, reader) for signal in (answer.given_prompt(), answer.alone())]
        parts = []
        for asked in both:
            assert isinstance(asked, Asked)
            (request,) = asked.requests
            assert isinstance(request, Scored)
            ((start, end),) = request.spans
            parts.append((request.ids[start:end], asked.cut))
        assert parts[0] == parts[1]
        assert parts[0][0]


def test_questions_of_encoders_keep_what_they_ask(tiny: TinyModels) -> None:
    tokenizer = HubTokenizer(tiny.of("t5"))
    for task, questions in QUESTIONS.items():
        for question in questions:
            found = answered_yes(task, question).ask(LONG, Reader(tokenizer, MOST))
            assert isinstance(found, Asked)
            for ids in ids_of(found):
                assert len(ids) <= MOST
                assert tokenizer.decode(ids).startswith(f"question: {question.question}")
                assert ids[-1] == tokenizer.eos


def test_a_scaffold_that_does_not_fit_alone_is_too_long(tokenizer: HubTokenizer) -> None:
    found = rating.rating(1).ask(LONG, Reader(tokenizer, 8))
    assert isinstance(found, Failed)
    assert found.status == "too_long"
    assert "the model reads 8" in found.reason


@given(st.text(max_size=120), st.text(max_size=120), st.integers(30, 90))
def test_whatever_the_texts_a_prompt_fits_and_nothing_is_lost_without_need(
    tokenizer: HubTokenizer, first: str, second: str, most: int
) -> None:
    def build(a: str, b: str) -> Ids:
        return tokenizer.encode(f"<{a}|{b}>")

    found = fitted(build, (first, second), Reader(tokenizer, most))
    assert not isinstance(found, Failed)
    assert len(found.ids) <= most
    assert (found.cut == 0) == (len(build(first, second)) <= most)
    assert tokenizer.decode(found.ids)[-1] == ">"


def test_frames_of_special_tokens_are_found(tiny: TinyModels) -> None:
    for family in ("bert", "llama", "t5"):
        tokenizer = HubTokenizer(tiny.of(family))
        frame = Frame.of(tokenizer)
        one, two = tokenizer.encode("It is."), tokenizer.encode("Is it?")
        assert frame.one(one) == tokenizer.encode("It is.", special=True)
        assert frame.two(one, two) == tokenizer.pair("It is.", "Is it?")


def test_pairs_are_cut_as_tokenizers_do() -> None:
    a, b = tuple(range(10)), tuple(range(4))
    assert [tuple(map(len, longest_first(a, b, most))) for most in (14, 12, 8, 7, 5)] == [
        (10, 4),
        (8, 4),
        (4, 4),
        (4, 3),
        (3, 2),
    ]
    assert tuple(map(len, longest_first(b, a, 7))) == (3, 4)
    assert tuple(map(len, longest_first(a, a, 9))) == (4, 5)


def test_names_of_signals_say_what_is_asked() -> None:
    found = named("pieces(parity,size=512)@my/folder(1)")
    assert (found.signal.name, found.signal.stamp, found.model) == ("pieces", "1+parity+size=512", "my/folder(1)")
    assert named("text(max_length=64)@m").max_length == 64
    assert named("answer_alone(template=%7Binstruction%7D%2C)@m").signal.parameters == {"template": "{instruction},"}
    assert isinstance(named("whole@m").signal.ask(Sample("", ""), Reader(None)), Failed)  # type: ignore[arg-type]
    assert Prompt((1,)).ids == (1,)
    assert Path(rating.QUESTIONS).read_text().count("\n") == 5
