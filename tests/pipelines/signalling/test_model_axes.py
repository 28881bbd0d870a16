"""Axes of models end to end: a lake, an engine in a process of its own, stored signals, scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import fresh
from scoring_lake import fill
from tiny_models import TinyModels
from tiny_zoo import zoo

from lake.catalog import Lake
from lake.errors import OdaError
from pipelines.embed import embed
from pipelines.score import plan, score
from pipelines.scoring.reports import ScoreReport
from pipelines.signalling import sources
from scorers.catalogue import catalogue
from scorers.engines.opening import open_here

pytestmark = pytest.mark.slow

SUMS = [(f"What is {n} plus {n}?", f"It is {2 * n}. Because {n} and {n} make {2 * n}.") for n in range(4)]
ODD = [("", ""), ("Say nothing.", None), ("", "An answer without a question."), ("word " * 600, "short")]
OF_TEXT = ["ppl", "norm_loss", "upd", "hes"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, tiny: TinyModels) -> Path:
    return zoo(tmp_path_factory.mktemp("zoo") / "models", tiny)


@pytest.fixture
def lake(tmp_path: Path, models: Path) -> Iterator[Lake]:
    with fresh(tmp_path / "home", models=(models,), threads=1) as opened:
        yield opened


def asked(report: ScoreReport) -> dict[str, int]:
    """Samples that went through a model, by signal."""
    return {kind: part.computed for part in report.inputs for kind in {each.kind for each in part.kinds}}


def outcomes(lake: Lake, axis: str, dataset: str) -> list[tuple[float | None, str]]:
    return lake.rows(
        "select value, status from scores where axis = ? and dataset = ? order by sample_id", [axis, dataset]
    )


def test_axes_of_a_text_cost_one_forward_and_a_later_one_none(lake: Lake) -> None:
    fill(lake, "sums", [*SUMS, SUMS[0]])
    fill(lake, "again", [*SUMS[2:], ("Name a prime.", "7 is one.")], number=2)
    planned = plan(lake, axes=OF_TEXT)
    assert [(p.dataset, p.kind, p.held, p.reused, p.to_run) for p in planned.inputs] == [
        ("sums", "text@qwen3-8b", 0, 1, 4),
        ("again", "text@qwen3-8b", 0, 2, 1),
    ]
    assert asked(score(lake, axes=OF_TEXT[:3])) == {"text@qwen3-8b": 5}  # contents, not samples, not axes
    assert asked(score(lake, axes=OF_TEXT)) == {"text@qwen3-8b": 0}
    found = lake.rows(
        "select axis, count(*), count(value), count(distinct value) from scores group by axis order by axis"
    )
    assert found == [(axis, 8, 8, 5) for axis in sorted(OF_TEXT)]
    ppl, loss = (outcomes(lake, axis, "sums") for axis in ("ppl", "norm_loss"))
    for (perplexity, _), (bits, _) in zip(ppl, loss, strict=True):
        assert perplexity == pytest.approx(2**bits, rel=1e-5)


def test_a_family_of_ratings_costs_one_prefill_a_prompt(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def start(*given: Any, **options: Any) -> Any:
        opened.append(open_here(*given, **options))
        return opened[-1]

    monkeypatch.setattr(sources, "start", start)
    fill(lake, "sums", SUMS)
    score(lake, axes=["selectit_sentence"])
    assert sum(engine.calls.forwards for engine in opened) == len(SUMS) * 5  # as many wordings of the question
    score(lake, axes=["selectit_token", "selectit_sentence"])
    assert sum(engine.calls.forwards for engine in opened) == len(SUMS) * 5
    assert lake.rows("select axis, count(value) from scores group by axis order by axis") == [
        ("selectit_sentence", 4),
        ("selectit_token", 4),
    ]


def test_equal_content_with_an_equal_reference_is_asked_about_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "start", open_here)
    fill(lake, "sums", [SUMS[0]] * 3)
    fill(lake, "again", [SUMS[0]] * 2, number=2)
    lake.transact(
        lambda connection: connection.execute(
            "update samples set reference_answer = case when row_no = 1 then 'It is one.' else 'It is nil.' end"
        ),
        message="add references",
    )
    planned = {each.kind: [] for each in plan(lake, axes=["unieval_sum_relevance"]).inputs}
    for each in plan(lake, axes=["unieval_sum_relevance"]).inputs:
        planned[each.kind].append((each.dataset, each.reused, each.to_run))
    assert planned["unieval_sum_relevance@unieval-sum"] == [("sums", 1, 2), ("again", 2, 0)]
    assert planned["unieval_sum_coherence@unieval-sum"] == [("sums", 2, 1), ("again", 2, 0)]
    found = asked(score(lake, axes=["unieval_sum_relevance"]))
    assert found["unieval_sum_relevance@unieval-sum"] == 2
    values = [value for dataset in ("sums", "again") for value, _ in outcomes(lake, "unieval_sum_relevance", dataset)]
    assert values[0] == values[2] == values[3]
    assert values[1] == values[4] != values[0]


def test_absent_too_long_and_odd_samples_have_a_status_and_never_a_number(lake: Lake) -> None:
    fill(lake, "odd", ODD)
    score(lake, axes=["ppl", "upd", "skywork_llama", "deita_quality"])
    assert [status for _, status in outcomes(lake, "ppl", "odd")] == ["not_applicable", "ok", "ok", "too_long"]
    assert [status for _, status in outcomes(lake, "upd", "odd")] == [
        "not_applicable",
        "not_applicable",
        "ok",
        "too_long",
    ]
    for axis in ("skywork_llama", "deita_quality"):
        assert [status for _, status in outcomes(lake, axis, "odd")] == [
            "not_applicable",
            "not_applicable",
            "ok",
            "too_long",
        ]
    assert lake.rows("select count(*) from scores where (value is null) <> (status <> 'ok')") == [(0,)]
    assert lake.rows("select count(*) from scores where status <> 'ok' and coalesce(detail, '') = ''") == [(0,)]
    # The scaffold of the reward's chat was kept, the content was cut; nothing was lost, and the option tells the value.
    (cut,) = lake.rows("select cut, tokens from rewards where signal = 'chat@skywork-llama' and cut > 0")
    assert cut[0] > 80
    assert cut[1] <= 512
    before = lake.rows("select count(*) from rewards")
    report = score(lake, axes=["skywork_llama"], options={"skywork_llama": {"cut": True}})
    assert asked(report) == {"chat@skywork-llama": 0}
    assert [status for _, status in outcomes(lake, "skywork_llama", "odd")][3] == "ok"
    assert lake.rows("select count(*) from rewards") == before


def test_a_model_that_gives_no_number_fails_its_samples_only(lake: Lake, tiny: TinyModels, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    broken = tiny.of("llama", seed=1)
    tensors = load_file(str(broken / "model.safetensors"))
    from scorers.engines.tokenizer import HubTokenizer

    (poisoned,) = HubTokenizer(broken).encode("%")
    tensors["model.embed_tokens.weight"][poisoned] = torch.nan
    folder = tmp_path / "broken"
    broken.rename(folder)
    save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    fill(lake, "sums", [*SUMS, ("How much is 5 % of 20?", "1")])
    report = score(lake, axes=["ppl"], options={"ppl": {"model": str(folder)}})
    assert asked(report) == {f"text@{folder}": 5}
    assert [status for _, status in outcomes(lake, "ppl", "sums")] == ["ok"] * 4 + ["failed"]
    (reason,) = lake.rows("select detail from scores where status = 'failed'")[0]
    assert "numbers that are not finite" in reason


def test_a_model_that_is_not_here_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with fresh(tmp_path / "bare", threads=1) as lake:
        fill(lake, "sums", SUMS)
        with pytest.raises(OdaError, match=r"The weights of qwen3-8b .* are not in") as caught:
            score(lake, axes=["ppl"])
        assert "oda models fetch qwen3-8b" in caught.value.hint
        # Without a name, what cannot be measured here blocks nothing.
        assert {axis.axis for axis in score(lake).axes} >= {"mtld", "str_length"}


def test_every_axis_of_a_model_is_measured(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    # The engines as they are, but in this process: starting 25 others is all that would take time here.
    monkeypatch.setattr(sources, "start", open_here)
    rows = [(*pair, f"{2 * n}.") for n, pair in enumerate(SUMS[1:], 1)]
    fill(lake, "sums", [pair[:2] for pair in rows])
    lake.transact(
        lambda connection: connection.execute(
            "update samples set reference_answer = 'It is two.', meta = '{\"context\": \"Sums of numbers.\"}'"
        ),
        message="add references",
    )
    embed(lake)
    wanted = [
        axis
        for axis, (_, entry) in catalogue().axes().items()
        if entry.family == "model" and entry.scorer.name != "textbook"
    ]
    assert len(wanted) == 56
    score(lake, axes=wanted)
    of_samples = {row[0] for row in lake.rows("select axis from scores group by axis having count(value) = 3")}
    of_sets = {row[0] for row in lake.rows("select axis from dataset_scores where value is not null")}
    assert of_samples | of_sets >= set(wanted)
    for axis, (declared, _) in catalogue().axes().items():
        low, high = declared.range
        if axis in of_samples:
            least, most = lake.rows("select min(value), max(value) from scores where axis = ?", [axis])[0]
            assert low is None or least >= low, axis
            assert high is None or most <= high, axis
