"""The real `vllm serve` behind the client: the same numbers as the model itself, and what happens when it is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS, TinyModels
from vllm_server import KEY, Server, vllm_server

from scorers.engines.interface import Embedded, EngineError, Failed, Generated, NextToken, Pooled, Prompt, Sampling
from scorers.engines.openai.engine import OpenaiEngine
from scorers.engines.options import Options
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.facts import Head, ModelFacts

pytestmark = pytest.mark.slow

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["score"],
    "additionalProperties": False,
}
COMPACT = json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})


@pytest.fixture(scope="module")
def folder(tiny: TinyModels) -> Path:
    return tiny.of("qwen3")


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log"
    with vllm_server(folder, log, "--structured-outputs-config", COMPACT) as found:
        yield found


def opened(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, head: Head = "causal") -> OpenaiEngine:
    monkeypatch.setenv("MINE_API_KEY", KEY)
    facts = ModelFacts("mine", "mine", head, ("openai",), str(folder), server=server.url, key="MINE_API_KEY")
    return OpenaiEngine(facts, Options(attempts=2, timeout=300))


def test_a_server_answers_gives_distributions_and_when_killed_ends_the_batch(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    engine = opened(server, folder, monkeypatch)
    assert engine.capabilities == {"generate", "next_token"}

    asked = [Prompt(messages=(("user", text),), template=(("enable_thinking", False),)) for text in TEXTS[:3]]
    for each in engine.generate(asked, Sampling(max_tokens=40, schema=SCHEMA)):
        assert isinstance(each, Generated)
        assert 1 <= json.loads(each.completions[0].text)["score"] <= 9
        assert each.prompt_tokens > 10
        assert each.completions[0].tokens > 3

    texts = HubTokenizer(folder).encode_all(TEXTS[:3])
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    candidates = [20, 21, 22, 500]
    for ids, found in zip(texts, engine.next_token([Prompt(ids) for ids in texts], candidates), strict=True):
        with torch.inference_mode():
            expected = torch.log_softmax(model(torch.tensor([ids])).logits[0, -1].double(), 0)[candidates]
        assert isinstance(found, NextToken)
        np.testing.assert_allclose(found.log_probabilities, expected.numpy(), rtol=1e-3)
    assert engine.calls.prompt_tokens > sum(map(len, texts))

    server.kill()
    with pytest.raises(EngineError, match="gives no answers"):
        engine.generate(asked, Sampling(max_tokens=5))
    engine.close()


def test_a_server_of_a_classifier_gives_the_raw_outputs_of_its_head(
    tiny: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tiny.of("qwen3", labels=4)
    texts = HubTokenizer(folder).encode_all(TEXTS[:3])
    with vllm_server(folder, tmp_path / "log", "--runner", "pooling", "--convert", "classify") as server:
        engine = opened(server, folder, monkeypatch, "classifier")
        found = engine.pooled([Prompt(ids) for ids in texts])
        engine.close()
    model = AutoModelForSequenceClassification.from_pretrained(str(folder), dtype=torch.float32)
    for ids, each in zip(texts, found, strict=True):
        assert isinstance(each, Pooled)
        with torch.inference_mode():
            np.testing.assert_allclose(each.values, model(torch.tensor([ids])).logits[0].numpy(), rtol=1e-3, atol=1e-5)


def test_a_server_of_an_embedding_model_gives_vectors_of_length_1(
    tiny: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModel

    folder = tiny.of("qwen3_base")
    texts = HubTokenizer(folder).encode_all(TEXTS[:3])
    with vllm_server(folder, tmp_path / "log", "--runner", "pooling", "--convert", "embed") as server:
        engine = opened(server, folder, monkeypatch, "embedding")
        assert engine.capabilities == {"embed"}
        *found, nothing, long = engine.embed([Prompt(ids) for ids in (*texts, (), (9,) * 600)])
        counted = engine.calls
        engine.close()
    model = AutoModel.from_pretrained(str(folder), dtype=torch.float32)
    for ids, each in zip(texts, found, strict=True):
        assert isinstance(each, Embedded)
        with torch.inference_mode():
            last = model(torch.tensor([ids])).last_hidden_state[0, -1]
        np.testing.assert_allclose(each.vector, torch.nn.functional.normalize(last, dim=0).numpy(), atol=1e-5)
    assert nothing == Failed("not_applicable", "the text has no tokens")
    assert isinstance(long, Failed)
    assert long.status == "too_long"
    assert (counted.forwards, counted.failed, counted.prompt_tokens) == (3, 2, sum(map(len, texts)))
