"""What a plan says of axes of models: tokens as the model's tokenizer counts them, and time once it has run here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import TEXTS, TinyModels

from lake.catalog import Lake
from pipelines.command.score import forecast_line
from pipelines.ingest import ingest
from pipelines.score import plan, score
from scorers.engines import speeds
from scorers.engines.interface import Calls
from scorers.engines.tokenizer import HubTokenizer

pytestmark = pytest.mark.slow

OPTIONS = {"ppl": {"model": "mine"}}


@pytest.fixture
def folder(lake: Lake, tiny: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with a dataset of eight samples, and a model known as `mine`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    weights = tiny.of("qwen3")
    (lake.settings.home / "models").mkdir()
    facts = f'id = "me/mine"\nhead = "causal"\nengines = ["transformers"]\nweights = {json.dumps(str(weights))}\n'
    (lake.settings.home / "models" / "mine.toml").write_text(facts)
    lines = [json.dumps({"instruction": text, "output": text[::-1]}) for text in TEXTS]
    (tmp_path / "tales.jsonl").write_text("\n".join(lines))
    ingest(lake, tmp_path / "tales.jsonl")
    return weights


def test_a_plan_counts_tokens_and_knows_the_time_after_the_first_run(lake: Lake, folder: Path) -> None:
    tokenizer = HubTokenizer(folder)
    (before,) = plan(lake, axes=["ppl"], options=OPTIONS).inputs
    assert (before.kind, before.to_run) == ("text@mine", len(TEXTS))
    assert before.forecast is not None
    assert before.forecast.read == sum(len(tokenizer.encode(f"{text}\n{text[::-1]}")) for text in TEXTS)
    assert (before.forecast.error, before.forecast.seconds, before.forecast.price) == (0, None, None)
    assert (
        forecast_line(before.forecast)
        == f"{before.forecast.read:,.0f} tokens to read, time not known: it never ran here"
    )

    speeds.learn("me/mine", "transformers+float32", {"token_signals": Calls(prompt_tokens=1_000, seconds=100.0)})
    planned = plan(lake, axes=["ppl"], options=OPTIONS)
    assert planned.inputs[0].forecast is not None
    assert planned.inputs[0].forecast.seconds == pytest.approx(before.forecast.read / 10)
    assert planned.seconds >= before.forecast.read / 10

    score(lake, axes=["ppl"], options=OPTIONS)
    (version,) = lake.rows("select distinct scorer_version from scores where axis = 'ppl'")[0]
    assert version.endswith("+transformers+float32+batch_dependent")
    (after,) = plan(lake, axes=["ppl"], options=OPTIONS).inputs
    assert (after.held, after.to_run, after.forecast) == (len(TEXTS), 0, None)
