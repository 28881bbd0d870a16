"""Axes of models as assets: one step a model, loaded once for all datasets; one that fails holds back nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows
from tiny_models import TinyModels

from dagster_project.axes import ACCELERATOR
from lake.settings import Settings
from scorers.engines.process import Process

pytestmark = pytest.mark.slow


def model(folder: Path, name: str, weights: Path) -> None:
    folder.mkdir(exist_ok=True)
    lines = {"id": f"tiny/{name}", "weights": str(weights), "head": "causal"}
    text = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    (folder / f"{name}.toml").write_text(text + 'engines = ["transformers"]\nmax_length = 512\n')


def loads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each model is loaded from now on, in place."""
    found: Counter[str] = Counter()
    start = Process._start

    def counted(engine: Process) -> None:
        found[engine.facts.name] += 1
        start(engine)

    monkeypatch.setattr(Process, "_start", counted)
    return found


@pytest.mark.timeout(1500)  # two processes that import torch: half a minute, and many times that on a starved machine
def test_a_model_is_loaded_once_and_one_that_fails_holds_back_nothing_else(
    home: Path, tmp_path: Path, tiny: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_project.definitions import defs

    model(tmp_path / "models", "qwen3-8b", tiny.of("llama"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}')
    (broken / "model.safetensors").write_bytes(b"no weights")
    model(tmp_path / "models", "qwen2.5-7b", broken)
    monkeypatch.setenv("ODA_MODELS", str(tmp_path / "models"))
    loaded = loads(monkeypatch)
    with dg.DagsterInstance.ephemeral() as instance:
        project = Project(defs(), instance, Settings.load())
        graph = project.definitions.resolve_asset_graph()
        node = graph.get(dg.AssetKey(["scores", "ppl"]))
        assert (node.assets_def.op.name, node.assets_def.op.pool) == ("scores_qwen3_8b", ACCELERATOR)
        assert {"norm_loss", "upd", "hes"} <= {key.path[-1] for key in node.assets_def.keys}
        for name in ("a", "b"):
            project.put(name, write_rows(tmp_path / f"{name}.jsonl", questions(3, first=10 * (name == "b"))))
        assets = ["scores/ppl", "scores/upd", "scores/ask_llm", "scores/str_length", "scored"]
        ran = project.run_over("", ["a", "b"], assets=assets)
        assert not ran.success
        assert list(ran.failures) == ["scores_qwen2_5_7b"]
        assert ran.failures["scores_qwen2_5_7b"].startswith("2 of 2 partitions:\na: ")
        assert loaded == Counter({"qwen3-8b": 1, "qwen2.5-7b": 1})  # whatever the number of datasets
        both = ["a", "b"]
        assert ran.partitions == dict.fromkeys(("scores/ppl", "scores/upd", "scores/str_length", "scored"), both)
        told = ran.materialised["scores/ppl"]["b"]
        assert (told["scored"], told.get("failed"), told["coverage"]) == (3, None, 1.0)
        assert told["model_tokens"] > 0
        assert told["tokens_per_second"] > 0
        assert ran.materialised["scores/upd"]["a"]["model_tokens"] == told["model_tokens"]  # one pass for all of them
        assert project.rows("select signal, count(*), count(distinct content_id) from token_signals group by all") == [
            ("text@qwen3-8b", 6, 6)
        ]
