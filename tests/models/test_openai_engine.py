"""A server that fails in every way: each row gets its answer or its reason, and no key is ever shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback, loopback

from lake.errors import UsageError
from scorers.engines.interface import EngineError, Generated, LacksCapabilityError, Prompt, Sampling, Scored
from scorers.engines.openai import pace
from scorers.engines.openai.engine import OpenaiEngine
from scorers.engines.openai.pace import Pace, backoff, retry_after
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.models.facts import ModelFacts

KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE_API_KEY", KEY)
    monkeypatch.setattr(pace, "_FIRST", 0.01)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(key=KEY) as found:
        yield found


def facts(server: Loopback, **changes: Any) -> ModelFacts:
    given = {"name": "mine", "id": "mine", "head": "causal", "engines": ("openai",), "server": server.url}
    return ModelFacts(**{**given, "key": "MINE_API_KEY", **changes})  # type: ignore[arg-type]


@pytest.fixture
def engine(server: Loopback) -> Iterator[OpenaiEngine]:
    opened = OpenaiEngine(facts(server, price_in=2.0, price_out=10.0), Options(attempts=3, concurrency=4))
    yield opened
    opened.close()


def prompts(*texts: str) -> list[Prompt]:
    return [Prompt(messages=(("system", "s"), ("user", text))) for text in texts]


def told(outcome: Any) -> str:
    return outcome.completions[0].text if isinstance(outcome, Generated) else f"{outcome.status}: {outcome.reason}"


def test_every_fault_costs_its_own_row_only(engine: OpenaiEngine, server: Loopback) -> None:
    texts = [
        "ok",
        "500 ok",
        "wait ok",
        "reset ok",
        "cut ok",
        "junk ok",
        "429 503 ok",
        "500",
        "400",
        "long",
        "empty",
    ]
    found = engine.generate(prompts(*texts), Sampling(max_tokens=9))
    assert [told(each) for each in found[:7]] == texts[:7]
    assert [told(each) for each in found[7:]] == [
        "failed: no answer in 3 tries; the server answered 500: told to answer 500; key Bearer ***",
        "failed: the server answered 400: told to answer 400; key Bearer ***",
        "too_long: the server answered 400: This model's maximum context length is 8 tokens.",
        "failed: the answer of the server lacks what was asked (ValueError: no answer)",
    ]
    assert server.tries["500"] == 3
    assert server.tries["400"] == 1
    assert engine.calls.retries == 5 + 2 + 2
    assert (engine.calls.generations, engine.calls.failed) == (8, 4)


def test_an_answer_that_does_not_come_is_asked_for_again(server: Loopback) -> None:
    engine = OpenaiEngine(facts(server), Options(timeout=0.3, attempts=100, concurrency=1))
    assert told(engine.generate(prompts("silent ok"), Sampling())[0]) == "silent ok"
    assert server.tries["silent ok"] >= 2
    assert engine.calls.retries == server.tries["silent ok"] - 1
    engine.close()


def test_tokens_and_their_price_are_counted(engine: OpenaiEngine) -> None:
    engine.generate(prompts("a b c", "500 d"), Sampling(max_tokens=9))
    assert (engine.calls.prompt_tokens, engine.calls.generated_tokens) == (5, 4)
    assert engine.calls.price == pytest.approx((5 * 2.0 + 4 * 10.0) / 1e6)


def test_a_request_says_all_that_was_asked(engine: OpenaiEngine, server: Loopback) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}
    sampling = Sampling(max_tokens=7, n=2, temperature=0.5, top_p=0.9, seed=3, schema=schema, stop=("\n",))
    (found,) = engine.generate(prompts("hello"), sampling)
    assert isinstance(found, Generated)
    assert len(found.completions) == 2
    assert server.requests == [
        {
            "model": "mine",
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hello"}],
            "max_tokens": 7,
            "n": 2,
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 3,
            "stop": ["\n"],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema, "strict": True},
            },
        }
    ]


def test_an_answer_that_was_cut_off_says_so(engine: OpenaiEngine) -> None:
    (found,) = engine.generate(prompts("length"), Sampling(max_tokens=1))
    assert isinstance(found, Generated)
    assert found.completions[0].finish == "length"


def test_no_more_requests_are_open_than_allowed(engine: OpenaiEngine, server: Loopback) -> None:
    engine.generate(prompts(*[f"held {number}" for number in range(24)]), Sampling())
    assert 2 <= server.most_open <= 4


def test_a_server_that_is_gone_ends_the_batch_and_keeps_what_was_answered(
    engine: OpenaiEngine, server: Loopback
) -> None:
    assert told(engine.generate(prompts("first"), Sampling())[0]) == "first"
    server.stop()
    with pytest.raises(EngineError, match=r"The server 127\.0\.0\.1:\d+ gives no answers") as caught:
        engine.generate(prompts("second", "third"), Sampling())
    assert list(caught.value.partial) == [None, None]
    assert "run again" in caught.value.hint
    assert "partial" not in caught.value.as_dict()


def test_a_server_that_answers_nothing_any_more_is_given_up_with_the_answers_so_far(server: Loopback) -> None:
    engine = OpenaiEngine(facts(server), Options(attempts=2, concurrency=1, restarts=3))
    with pytest.raises(EngineError, match="gives no answers: the server answered 500") as caught:
        engine.generate(prompts("one", "500 500", "two", *(f"500 500 {n}" for n in range(5)), "never"), Sampling())
    engine.close()
    kept = [each if each is None else told(each)[:6] for each in caught.value.partial]
    assert kept == ["one", "failed", "two", "failed", "failed", None, None, None, None]


def test_a_key_that_is_refused_or_missing_is_told_without_it(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE_API_KEY", "sk-another-secret-99")
    with pytest.raises(EngineError, match="refuses the key") as caught:
        OpenaiEngine(facts(server), Options())
    assert "sk-another" not in str(caught.value)
    assert "MINE_API_KEY" in caught.value.hint
    monkeypatch.delenv("MINE_API_KEY")
    with pytest.raises(UsageError, match="the variable MINE_API_KEY is not set"):
        OpenaiEngine(facts(server), Options())


def test_a_server_of_other_models_is_not_taken_instead(server: Loopback) -> None:
    with pytest.raises(EngineError, match="does not serve other; it serves mine"):
        OpenaiEngine(facts(server, id="other"), Options())


def test_what_servers_cannot_do_is_said_by_name(engine: OpenaiEngine) -> None:
    with pytest.raises(LacksCapabilityError, match="The engine openai cannot do token_signals of mine at 127"):
        engine.token_signals([Scored((1, 2), ((1, 2),))])
    with pytest.raises(LacksCapabilityError, match="gradients"):
        engine.gradients([])
    assert engine.capabilities == {"generate"}


@pytest.mark.slow
def test_it_runs_in_a_process_of_its_own_too(server: Loopback, tmp_path: Path) -> None:
    engine = Process(facts(server), Options(attempts=2), "openai")
    try:
        found = engine.generate(prompts("ok", "400"), Sampling())
    finally:
        engine.close()
    assert [told(each)[:6] for each in found] == ["ok", "failed"]
    assert engine.calls.generations == 1
    assert KEY not in json.dumps([str(each) for each in found])


def test_requests_and_tokens_a_minute_are_kept_apart() -> None:
    now = [100.0]
    queue = Pace(120, 6_000, clock=lambda: now[0])
    assert [queue.due(10) for _ in range(3)] == [100.0, 100.5, 101.0]  # half a second apart
    assert queue.due(200) == 101.5
    assert queue.due(10) == pytest.approx(103.5)  # 200 tokens take 2 s
    queue.correct(100)
    assert queue.due(10) == pytest.approx(104.6)
    queue.pause(30)
    assert queue.due(10) == 130.0
    assert Pace(0, 0, clock=lambda: 5.0).due(10**6) == 5.0


def test_waits_double_and_what_the_server_asks_for_is_read() -> None:
    assert [backoff(tries, chance=lambda: 1.0) for tries in (1, 2, 3, 30)] == [0.01, 0.02, 0.04, 60.0]
    assert backoff(3, chance=lambda: 0.0) == 0.02
    assert retry_after("1.5") == 1.5
    assert retry_after("Wed, 21 Oct 2026 07:28:10 GMT", now=lambda: 1792567680.0) == 10.0
    assert retry_after("soon") == retry_after(None) == retry_after("-3") == 0.0
