"""A judge that is a model on this machine: vLLM enforces the schema, so that even one that knows nothing answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lakes import lay
from scoring_lake import fill, scores
from tiny_models import TinyModels

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.score import score

pytestmark = pytest.mark.slow


def test_thirteen_axes_of_a_tiny_model_through_vllm(tiny: TinyModels, tmp_path: Path) -> None:
    folder = tiny.of("qwen3", max_position_embeddings=8192)
    settings = Settings.load(home=lay(tmp_path / "home"), threads=2, judge=str(folder))
    with Lake.open(settings) as lake:
        fill(lake, "one", [("What is 2 + 2?", "4"), ("Tell me a story.", "Once upon a time."), ("What is 2 + 2?", "4")])
        report = score(lake, axes=["q_clarity", "q_correctness", "qa_relevance"])
        found = {
            axis: [row[3] for row in scores(lake, axis)] for axis in ("q_clarity", "q_correctness", "qa_relevance")
        }
        for values in found.values():
            assert all(value is not None and 1 <= value <= 10 and value == int(value) for value in values)
            assert values[0] == values[2]
        rows = lake.rows("select judgement, status, answer::varchar, raw, attempts, prompt_tokens from judgements")
        assert len(rows) == 4
        for _, status, answer, raw, attempts, tokens in rows:
            assert (status, json.loads(answer), attempts) == ("ok", json.loads(raw), 1)
            assert tokens > 500
        assert sum(each.calls.generations for each in report.inputs) == 4
        assert all(each.calls.tokens_per_second for each in report.inputs)
        (version,) = {row[2] for row in scores(lake, "q_clarity")}
        assert "+vllm+float32" in version
        again = score(lake, axes=["q_clarity", "q_meaningfulness", "qa_clarity"])
        assert sum(each.calls.generations for each in again.inputs) == 0
