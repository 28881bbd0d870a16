"""The real vLLM on a CPU, in a process of its own, against the same models run by Transformers in this one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS, TinyModels

from scorers.engines.interface import (
    Embedded,
    Engine,
    Failed,
    Generated,
    LacksCapabilityError,
    NextToken,
    Pooled,
    Prompt,
    Sampling,
    Scored,
    TokenSignals,
)
from scorers.engines.opening import start
from scorers.engines.options import Options
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.known import of_folder

pytestmark = pytest.mark.slow

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["score"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def folder(tiny: TinyModels) -> Path:
    return tiny.of("qwen3")


@pytest.fixture(scope="module")
def causal(folder: Path) -> Iterator[Engine]:
    engine = start(of_folder(folder), Options(max_length=512, batch_tokens=128, batch_texts=8), "vllm")
    yield engine
    engine.close()


def texts(folder: Path) -> list[tuple[int, ...]]:
    return HubTokenizer(folder).encode_all(TEXTS)


def logits(folder: Path, ids: tuple[int, ...]) -> np.ndarray:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    with torch.inference_mode():
        return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=1).numpy()


def test_answers_follow_their_schema(causal: Engine) -> None:
    asked = [Prompt(messages=(("user", text),)) for text in TEXTS[:3]]
    for each in causal.generate(asked, Sampling(max_tokens=40, schema=SCHEMA)):
        assert isinstance(each, Generated)
        (answer,) = each.completions
        assert answer.finish == "stop"
        assert 1 <= json.loads(answer.text)["score"] <= 9
        assert each.prompt_tokens > 8


def test_answers_are_several_repeatable_and_cut_off_where_they_get_too_long(causal: Engine) -> None:
    sampling = Sampling(max_tokens=5, n=3, temperature=1.0, seed=7)
    first, again = (causal.generate([Prompt(ids=(5, 9, 11))], sampling) for _ in range(2))
    assert isinstance(first[0], Generated)
    assert first == again
    assert len({each.text for each in first[0].completions}) > 1
    assert {each.finish for each in first[0].completions} == {"length"}
    (refused,) = causal.generate([Prompt(ids=(5,) * 510)], Sampling(max_tokens=5))
    assert refused == Failed("too_long", "510 tokens and 5 to answer, the model reads 512")


def test_the_distribution_after_a_prompt_is_that_of_the_whole_vocabulary(causal: Engine, folder: Path) -> None:
    prompts = texts(folder)[:3]
    candidates = [20, 21, 22, 23, 500]
    for ids, found in zip(prompts, causal.next_token([Prompt(ids) for ids in prompts], candidates), strict=True):
        assert isinstance(found, NextToken)
        np.testing.assert_allclose(found.log_probabilities, logits(folder, ids)[-1, candidates], rtol=1e-5)


def test_signals_of_tokens_are_those_of_one_forward_by_transformers(causal: Engine, folder: Path) -> None:
    prompts = texts(folder)
    prompts.append(tuple(np.resize(np.concatenate(prompts), 400).tolist()))  # chunks of 128 tokens
    before = causal.calls.forwards
    found = causal.token_signals(
        [Scored(ids, ((1, len(ids)), (len(ids) // 2, len(ids))), arrays=True) for ids in prompts]
    )
    assert causal.calls.forwards - before == len(prompts)
    for ids, each in zip(prompts, found, strict=True):
        assert isinstance(each, TokenSignals)
        expected = logits(folder, ids)[:-1]
        chosen = np.take_along_axis(expected, np.array(ids[1:])[:, None], 1)[:, 0]
        entropies = -(np.exp(expected) * expected).sum(1)
        assert each.log_probabilities is not None
        assert each.entropies is not None
        np.testing.assert_allclose(each.log_probabilities, chosen, rtol=1e-4)
        np.testing.assert_allclose(each.entropies, entropies, rtol=1e-4)
        whole, half = each.spans
        assert whole.log_probability == pytest.approx(chosen.sum(), rel=1e-5)
        assert half.entropy == pytest.approx(entropies[len(ids) // 2 - 1 :].sum(), rel=1e-5)


def test_a_text_has_the_same_signals_in_every_batch(causal: Engine, folder: Path) -> None:
    assert causal.stamp == "vllm+float32"
    requests = [Scored(ids, ((1, len(ids)),)) for ids in texts(folder)]
    together = causal.token_signals(requests)
    backwards = causal.token_signals(requests[::-1])[::-1]
    alone = [causal.token_signals([request])[0] for request in requests]
    assert together == backwards == alone


def test_what_cannot_be_scored_is_told_beside_what_can(causal: Engine) -> None:
    good = Scored((5, 6, 7), ((1, 3),))
    found = causal.token_signals([Scored((), ()), good, Scored((5,) * 513, ((1, 2),)), good])
    assert found[0] == Failed("not_applicable", "the text has no tokens")
    assert found[2] == Failed("too_long", "513 tokens, the model reads 512")
    assert isinstance(found[1], TokenSignals)
    assert found[1] == found[3]


def test_gradients_are_not_to_be_had_and_said_so_by_name(causal: Engine) -> None:
    with pytest.raises(LacksCapabilityError, match="The engine vllm cannot do gradients of") as caught:
        causal.gradients([Scored((5, 6), ((1, 2),))])
    assert "transformers" in caught.value.hint
    with pytest.raises(LacksCapabilityError, match="pooled"):
        causal.pooled([Prompt((5, 6))])
    assert "gradients" not in causal.capabilities


@pytest.mark.parametrize(("family", "labels"), [("llama", 1), ("qwen3", 4)])
def test_a_head_gives_its_raw_outputs(tiny: TinyModels, family: str, labels: int) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tiny.of(family, labels=labels)
    prompts = texts(folder)[:4]
    engine = start(of_folder(folder), Options(max_length=256), "vllm")
    try:
        found = engine.pooled([Prompt(ids) for ids in prompts])
    finally:
        engine.close()
    model = AutoModelForSequenceClassification.from_pretrained(str(folder), dtype=torch.float32)
    for ids, each in zip(prompts, found, strict=True):
        assert isinstance(each, Pooled)
        with torch.inference_mode():
            np.testing.assert_allclose(each.values, model(torch.tensor([ids])).logits[0].numpy(), rtol=1e-4, atol=1e-6)


def test_a_vector_is_that_of_the_last_token_and_a_number_that_is_none_fails_its_text_alone(
    tiny: TinyModels, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModel

    folder = with_a_broken_token(tiny.of("qwen3_base"), tmp_path / "broken")
    prompts = texts(folder)[:3]
    facts = replace(of_folder(folder), head="embedding", read_at="last")
    engine = start(facts, Options(max_length=256), "vllm")
    try:
        vectors = engine.embed([Prompt(ids) for ids in prompts])
        decomposed = engine.embed([Prompt(prompts[0]), Prompt((BROKEN, 9)), Prompt(prompts[1])], svd_tokens=6)
        (spaced,) = engine.embed([Prompt(prompts[0])], svd_tokens=6, evenly=True)
    finally:
        engine.close()
    model = AutoModel.from_pretrained(str(folder), dtype=torch.float32)
    for ids, each in zip(prompts, vectors, strict=True):
        assert isinstance(each, Embedded)
        with torch.inference_mode():
            states = model(torch.tensor([ids])).last_hidden_state[0]
        np.testing.assert_allclose(each.vector, torch.nn.functional.normalize(states[-1], dim=0), atol=1e-5)
        if ids == prompts[0]:
            (found, broken, _) = decomposed
            assert isinstance(found, Embedded)
            assert found.singular_values is not None
            np.testing.assert_allclose(found.singular_values, torch.linalg.svdvals(states[-6:]), rtol=1e-4)
            np.testing.assert_allclose(found.vector, each.vector, atol=1e-6)
            assert isinstance(spaced, Embedded)
            assert spaced.singular_values is not None
            evenly = states[[int(place) for place in np.linspace(0, len(ids) - 1, 6)]]
            np.testing.assert_allclose(spaced.singular_values, torch.linalg.svdvals(evenly), rtol=1e-4)
            assert broken == Failed("failed", "the model gave numbers that are not finite")


BROKEN = 30


def with_a_broken_token(source: Path, target: Path) -> Path:
    """A copy of a model in which one token is no number."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(source, target)
    weights = load_file(str(target / "model.safetensors"))
    (name,) = [name for name in weights if name.endswith("embed_tokens.weight")]
    weights[name][BROKEN] = float("nan")
    save_file(weights, str(target / "model.safetensors"), metadata={"format": "pt"})
    return target
