"""What happens to answers where a judge dies, fails, or is not to be had: nothing is lost, invented or told."""

from __future__ import annotations

import logging

import pytest
from judging import FACTS, KEY, PAIRS, by_length, part, rating
from scoring_lake import fill, scores

from lake.errors import OdaError, UsageError
from pipelines.score import plan, score
from scorers.engines.interface import EngineError

pytestmark = pytest.mark.slow


def test_a_server_that_dies_loses_nothing_and_invents_nothing(judged) -> None:
    answered: list[str] = []

    def answer(prompt: str) -> str:
        answered.append(part(prompt))
        if len(answered) == 3:
            servers[0].key = "changed"  # from now on every request is refused
        return by_length(prompt)

    lake, server = judged(answer)
    servers = [server]
    fill(lake, "one", [(f"question {n:02}", "x") for n in range(12)])
    with pytest.raises(EngineError, match="refuses the key"):
        score(lake, axes=["q_clarity"])
    kept = lake.rows("select count(*), count(*) filter (status = 'ok') from judgements")[0]
    assert kept[0] == kept[1] >= 1
    server.key = KEY
    score(lake, axes=["q_clarity"])
    assert lake.rows("select count(*), count(distinct content_id), min(status) from judgements") == [(12, 12, "ok")]
    assert len(server.requests) <= 12 + 12
    assert [row[4] for row in scores(lake, "q_clarity")] == ["ok"] * 12


def test_failures_of_single_answers_cost_their_rows_only_and_may_be_tried_again(judged) -> None:
    lake, server = judged(lambda prompt: broken[part(prompt)])
    broken = {"good": rating(7), "bad": rating(5)}
    fill(lake, "one", [("good", "x"), ("bad", "x")])
    server.answer = lambda prompt: 1 / 0 if part(prompt) == "bad" else rating(7)  # the connection breaks
    score(lake, axes=["q_clarity"])
    assert [row[3:5] for row in scores(lake, "q_clarity")] == [(7, "ok"), (None, "failed")]
    server.answer = lambda prompt: broken[part(prompt)]
    score(lake, axes=["q_clarity"])
    assert scores(lake, "q_clarity")[1][4] == "failed"
    score(lake, axes=["q_clarity"], retry_failed=True)
    assert [row[3] for row in scores(lake, "q_clarity")] == [7, 5]


def test_no_key_and_no_prompt_with_a_key_leaves_the_machine_or_stays(judged, tmp_path, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    lake, server = judged(lambda prompt: KEY if part(prompt) == "leak" else rating(7))
    fill(lake, "one", [("leak", "x"), ("fine", "x")])
    score(lake, axes=["q_clarity"])
    server.key = "another"
    fill(lake, "two", [("new", "x")], number=2)
    with pytest.raises(OdaError) as caught:
        score(lake, axes=["q_clarity"])
    said = str(caught.value) + caplog.text + "".join(capfd.readouterr())
    assert KEY not in said
    messages = str(lake.snapshots().to_pylist())
    assert KEY not in messages
    lake.close()
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_a_missing_key_and_a_missing_judge_say_what_to_do(judged, monkeypatch) -> None:
    lake, _ = judged()
    fill(lake, "one", PAIRS[:1])
    monkeypatch.delenv("JUDGE_TEST_KEY")
    with pytest.raises(UsageError, match="the variable JUDGE_TEST_KEY is not set"):
        score(lake, axes=["q_clarity"])
    assert "JUDGE_TEST_KEY" in FACTS
    assert plan(lake, axes=["q_clarity"]).inputs[0].to_run == 1  # a plan opens nothing
