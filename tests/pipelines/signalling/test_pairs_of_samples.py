"""Samples after an example: planned, limited, drawn, budgeted and told like all else that models are asked."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from scoring_lake import fill, scores
from tiny_models import TinyModels

from lake.catalog import Lake
from lake.errors import OdaError
from pipelines.deriving.share import Budget, Share
from pipelines.score import plan, score
from pipelines.scoring.reports import ScoreReport
from pipelines.signalling import sources
from scorers.catalogue import catalogue
from scorers.engines.opening import open_here
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.known import known
from scorers.models.weights import locate

pytestmark = pytest.mark.slow

PAIRS = [(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(6)]
ALONE, SHOWN = "answer_zero_shot@mine", "answer_after_example@mine"
OPTIONS = {"miwv": {"model": "mine"}}
Engines = list[Any]


@pytest.fixture
def engines(lake: Lake, tiny: TinyModels, monkeypatch: pytest.MonkeyPatch) -> Engines:
    """The engines that were opened, in this process; the lake knows a model called `mine`."""
    (lake.settings.home / "models").mkdir()
    facts = (
        f'id = "me/mine"\nhead = "causal"\nengines = ["transformers"]\nweights = {json.dumps(str(tiny.of("qwen3")))}\n'
    )
    (lake.settings.home / "models" / "mine.toml").write_text(facts)
    opened: Engines = []

    def start(*given: Any, **options: Any) -> Any:
        opened.append(open_here(*given, **options))
        return opened[-1]

    monkeypatch.setattr(sources, "start", start)
    return opened


def embedded(lake: Lake, dataset: str, ids: list[int], places: list[float]) -> None:
    """Vectors of unit length at these angles."""

    rows = pa.table(
        {
            "sample_id": ids,
            "dataset": [dataset] * len(ids),
            "model": [lake.settings.embedding_model] * len(ids),
            "revision": ["r"] * len(ids),
            "vector": pa.array([[math.cos(at), math.sin(at)] for at in places], pa.list_(pa.float32())),
        }
    )

    def work(connection: Any) -> None:
        connection.register("vectors_in", rows)
        connection.execute("insert into embeddings by name from vectors_in")
        connection.unregister("vectors_in")

    lake.transact(work, message="vectors")


def sums(lake: Lake) -> None:
    """Two datasets: of 5 samples with 4 contents, and of 3, one of which is in the other with another neighbour."""
    embedded(lake, "sums", fill(lake, "sums", [*PAIRS[:4], PAIRS[0]]), [0.0, 0.1, 1.0, 1.2, 0.0])
    embedded(lake, "more", fill(lake, "more", [PAIRS[0], *PAIRS[4:]], number=2), [0.0, 2.0, 2.1])


def planned(lake: Lake, **given: Any) -> list[tuple[Any, ...]]:
    inputs = plan(lake, axes=["miwv"], options=OPTIONS, **given).inputs
    return [(each.dataset, each.samples, each.held, each.reused, each.to_run) for each in inputs if each.kind == SHOWN]


def asked(report: ScoreReport) -> dict[str, int]:
    return {part.kinds[0].kind: part.computed for part in report.inputs}


def valued(lake: Lake) -> int:
    return sum(row[4] == "ok" for row in scores(lake, "miwv"))


def test_a_plan_counts_pairs_and_their_tokens_and_a_run_asks_as_many_with_one_model(
    lake: Lake, engines: Engines
) -> None:
    sums(lake)
    assert planned(lake) == [("sums", 5, 0, 1, 4), ("more", 3, 0, 0, 3)]
    forecasts = [each.forecast for each in plan(lake, axes=["miwv"], options=OPTIONS).inputs if each.kind == SHOWN]
    tokens = HubTokenizer(locate(known(lake.settings).find("mine")).folder)
    prompts = [
        tokens.encode(f"User: {PAIRS[other][0]}\nAssistant: {PAIRS[other][1]}\nUser: {PAIRS[one][0]}\nAssistant:")
        for one, other in ((0, 1), (1, 0), (2, 3), (3, 2))
    ]
    answers = [tokens.encode(f" {PAIRS[one][1]}") for one in range(4)]
    assert forecasts[0] is not None
    assert (forecasts[0].read, forecasts[0].error) == (sum(map(len, (*prompts, *answers))), 0.0)
    assert not engines

    report = score(lake, axes=["miwv"], options=OPTIONS)
    assert asked(report) == {ALONE: 6, SHOWN: 7}
    shown = report.inputs[-1]
    assert [(kind.dataset, kind.derived, kind.reused, kind.skipped, kind.outcomes) for kind in shown.kinds] == [
        ("sums", 4, 1, 0, {"ok": 4}),
        ("more", 3, 0, 0, {"ok": 3}),
    ]
    assert shown.calls.forwards == 7
    assert shown.calls.prompt_tokens == sum(each.read for each in forecasts if each)
    assert valued(lake) == 8
    assert len(engines) == 1  # the two questions follow each other, over both datasets
    before = scores(lake, "miwv")
    assert planned(lake) == [("sums", 5, 5, 0, 0), ("more", 3, 3, 0, 0)]
    assert asked(score(lake, axes=["miwv"], options=OPTIONS)) == {ALONE: 0}
    assert scores(lake, "miwv") == before


def test_a_limit_and_a_sample_hold_for_pairs_and_the_next_run_goes_on(lake: Lake, engines: Engines) -> None:
    sums(lake)
    assert planned(lake, share=Share(limit=5)) == [("sums", 5, 0, 1, 4), ("more", 3, 0, 0, 1)]
    assert asked(score(lake, axes=["miwv"], options=OPTIONS, share=Share(limit=3))) == {ALONE: 3, SHOWN: 3}
    assert [(row[0] & 63, row[4]) for row in scores(lake, "miwv")][:5] == [
        (0, "ok"),
        (1, "ok"),
        (2, "ok"),
        (3, "not_applicable"),
        (4, "ok"),  # the same content as 0
    ]
    reasons = {row[5] for row in scores(lake, "miwv") if row[5]}
    assert reasons == {"the model has not been asked about the sample yet", "no response has both losses"}
    assert planned(lake) == [("sums", 5, 4, 0, 1), ("more", 3, 0, 0, 3)]
    assert asked(score(lake, axes=["miwv"], options=OPTIONS, share=Share(sample=1, seed=3)))[SHOWN] <= 2
    left, opened = valued(lake), len(engines)
    only = replace(catalogue(), files={"miwv": catalogue().files["miwv"]})
    found = score(lake, options=OPTIONS, scorers=only)  # nobody named the axis: it is measured, and nothing is asked
    assert {each.axis for each in found.sets} == {"miwv"}
    assert found.inputs == ()
    assert (valued(lake), len(engines)) == (left, opened)
    score(lake, axes=["miwv"], options=OPTIONS)
    assert valued(lake) == 8
    assert lake.rows("select count(*), count(distinct content_id) from token_signals where signal = ?", [SHOWN]) == [
        (7, 7)
    ]


def test_a_budget_stops_at_pairs_too_and_what_was_answered_is_kept(lake: Lake, engines: Engines) -> None:
    pairs = [(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(30)]
    embedded(lake, "many", fill(lake, "many", pairs), [n / 30 for n in range(30)])
    alone = score(lake, axes=["miwv"], options=OPTIONS, budget=Budget(tokens=1))
    assert asked(alone) == {ALONE: 8, SHOWN: 0}
    assert alone.inputs[-1].stopped.startswith("The budget of 1 tokens is spent")
    left = {each.kind: each.forecast for each in plan(lake, axes=["miwv"], options=OPTIONS).inputs}
    tokens = int(left[ALONE].read + left[SHOWN].read / 2)
    report = score(lake, axes=["miwv"], options=OPTIONS, budget=Budget(tokens=tokens))
    assert asked(report)[ALONE] == 22
    shown = report.inputs[-1]
    assert 0 < shown.computed < 30
    assert shown.calls.prompt_tokens > 0
    assert shown.stopped
    assert valued(lake) == shown.computed
    score(lake, axes=["miwv"], options=OPTIONS)
    assert valued(lake) == 30


def test_pairs_that_failed_are_asked_again_on_request_and_old_versions_go(lake: Lake, engines: Engines) -> None:
    sums(lake)
    score(lake, axes=["miwv"], options=OPTIONS)
    lake.transact(
        lambda connection: connection.execute(
            "update token_signals set status = 'failed', detail = 'lost' where signal = ? and content_id = "
            "(select min(content_id) from token_signals where signal = ?)",
            [SHOWN, SHOWN],
        ),
        message="fail one",
    )
    assert asked(score(lake, axes=["miwv"], options=OPTIONS)) == {ALONE: 0}
    again = score(lake, axes=["miwv"], options=OPTIONS, retry_failed=True)
    assert asked(again) == {ALONE: 0, SHOWN: 1}
    assert lake.rows("select status, count(*) from token_signals where signal = ? group by all", [SHOWN]) == [("ok", 7)]
    lake.transact(
        lambda connection: connection.execute("update token_signals set version = 'old' where signal = ?", [SHOWN]),
        message="age",
    )
    lake.transact(lambda connection: connection.execute("delete from dataset_scores"), message="forget")
    assert asked(score(lake, axes=["miwv"], options=OPTIONS))[SHOWN] == 7
    assert lake.rows("select count(*) from token_signals where signal = ?", [SHOWN]) == [(7,)]


def test_before_there_are_embeddings_every_content_is_a_pair_of_unknown_length(lake: Lake, engines: Engines) -> None:
    fill(lake, "sums", [*PAIRS, PAIRS[0]])
    assert planned(lake) == [("sums", 7, 0, 1, 6)]
    assert planned(lake, share=Share(limit=2)) == [("sums", 7, 0, 0, 2)]
    (shown,) = [each for each in plan(lake, axes=["miwv"], options=OPTIONS).inputs if each.kind == SHOWN]
    assert shown.forecast is None


def test_a_model_that_is_gone_ends_the_run_but_not_what_was_answered(
    lake: Lake, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums(lake)
    score(lake, axes=["miwv"], options=OPTIONS, share=Share(limit=2))
    from scorers.engines.transformers.engine import TransformersEngine

    def broken(*_: Any) -> Any:
        raise OdaError("The engine is gone.")

    monkeypatch.setattr(TransformersEngine, "token_signals", broken)
    with pytest.raises(OdaError, match="gone"):
        score(lake, axes=["miwv"], options=OPTIONS)
    monkeypatch.undo()
    assert lake.rows("select count(*) from token_signals where signal = ?", [SHOWN]) == [(2,)]
