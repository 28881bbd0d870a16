"""Models in Transformers: what is promised of batches, memory, counts and rows that cannot be."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TEXTS, TinyModels

from scorers.engines.interface import Failed, LacksCapabilityError, Prompt, Sampling, Scored, TokenSignals
from scorers.engines.options import Options
from scorers.engines.process import Process
from scorers.engines.transformers import batching
from scorers.engines.transformers.engine import TransformersEngine
from scorers.models.known import of_folder

pytestmark = pytest.mark.slow

TOKENS, VOCABULARY = 32_768, 50_000
BOUND = 384 << 20
"""Bytes above those of the loaded model; logits of the text in float32 alone are 6.5 GB."""


@pytest.fixture(scope="module")
def engine(tiny: TinyModels) -> TransformersEngine:
    return TransformersEngine(of_folder(tiny.of("llama")), Options(batch_tokens=256))


def requests(engine: TransformersEngine) -> list[Scored]:
    ids = engine.tokenizer.encode_all([*TEXTS, *(text[:9] for text in TEXTS)])
    return [Scored(each, ((1, len(each)), (len(each) // 2, len(each)))) for each in ids]


def sums(outcomes: list[TokenSignals | Failed]) -> np.ndarray:
    assert all(isinstance(each, TokenSignals) for each in outcomes)
    return np.array(
        [[span.log_probability, span.entropy, span.uncertainty] for each in outcomes for span in each.spans]
    )  # type: ignore[union-attr]


def test_a_text_has_the_same_signals_in_whatever_batch(engine: TransformersEngine) -> None:
    asked = requests(engine)
    together = sums(engine.token_signals(asked))
    alone = sums([engine.token_signals([each])[0] for each in asked])
    order = random.Random(3).sample(range(len(asked)), len(asked))
    shuffled = engine.token_signals([asked[place] for place in order])
    assert together == pytest.approx(alone, rel=1e-5)
    assert sums([shuffled[order.index(place)] for place in range(len(asked))]) == pytest.approx(together, rel=1e-5)
    assert engine.stamp == "transformers+float32+batch_dependent"  # the last digits are not promised


def test_batches_are_longest_first_within_their_budget_and_count_their_padding(engine: TransformersEngine) -> None:
    assert list(batching.batches([3, 9, 4, 1, 8], 18)) == [[1, 4], [2, 0], [3]]
    assert list(batching.batches([3, 9, 4, 1, 8], 72)) == [[1, 4], [2, 0, 3]]  # a small batch is filled up
    assert list(batching.batches([50], 18)) == [[0]]
    assert list(batching.batches([], 18)) == []
    before = engine.calls.forwards, engine.calls.prompt_tokens
    asked = requests(engine)
    engine.token_signals(asked)
    assert engine.calls.forwards - before[0] == len(asked)
    assert engine.calls.prompt_tokens - before[1] == sum(len(each.ids) for each in asked)
    padded = engine.calls.padding_tokens / (engine.calls.prompt_tokens + engine.calls.padding_tokens)
    assert 0 < padded < 0.4


def test_a_gradient_costs_one_backward_pass_and_serves_nine_axes(tiny: TinyModels) -> None:
    model = TransformersEngine(of_folder(tiny.of("llama")))
    ids = model.tokenizer.encode(TEXTS[3])
    (found,) = model.gradients([Scored(ids, ((5, len(ids)),))])
    assert not isinstance(found, Failed)
    assert set(found.effective_rank) == set(found.nuclear_norm) == set("qkvo")
    assert (model.calls.forwards, model.calls.backwards) == (1, 1)
    (alone,) = model.gradients([Scored(ids, ((1, len(ids)),))], layers=(), fisher=True)
    assert not isinstance(alone, Failed)
    assert alone.fisher is not None
    assert (model.calls.forwards, model.calls.backwards) == (2, 1)


def test_gradients_equal_those_of_the_whole_loss_at_once(tiny: TinyModels) -> None:
    import torch

    folder = tiny.of("llama")
    model = TransformersEngine(of_folder(folder))
    ids = model.tokenizer.encode(TEXTS[2])
    (found,) = model.gradients([Scored(ids, ((4, len(ids)),))])
    from transformers import AutoModelForCausalLM

    plain = AutoModelForCausalLM.from_pretrained(str(folder))
    labels = torch.tensor([[-100] * 4 + list(ids[4:])])
    loss = plain(input_ids=torch.tensor([ids]), labels=labels).loss
    loss.backward()
    norm = torch.sqrt(sum(each.grad.double().square().sum() for each in plain.parameters() if each.grad is not None))
    assert not isinstance(found, Failed)
    assert found.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    assert found.norm == pytest.approx(float(norm), rel=1e-5)
    values = torch.linalg.svdvals(plain.model.layers[-1].self_attn.q_proj.weight.grad)
    assert found.nuclear_norm["q"] == pytest.approx(float(values.sum()), rel=1e-4)


def test_a_row_that_cannot_be_is_alone_and_the_batch_is_halved_for_it(engine: TransformersEngine) -> None:
    asked = requests(engine)[:6]
    beyond = Scored((5, 10**6, 7), ((1, 3),))
    found = engine.token_signals([*asked[:3], beyond, *asked[3:], Scored((), ()), Scored((1,) * 3000, ((1, 3000),))])
    statuses = [each.status if isinstance(each, Failed) else "ok" for each in found]
    assert statuses == ["ok"] * 3 + ["failed"] + ["ok"] * 3 + ["not_applicable", "too_long"]
    assert sums([*found[:3], *found[4:7]]) == pytest.approx(sums(engine.token_signals(asked)), rel=1e-5)


def test_what_it_cannot_do_is_said_by_name(tiny: TinyModels, engine: TransformersEngine) -> None:
    with pytest.raises(LacksCapabilityError, match="cannot do pooled"):
        engine.pooled([Prompt((1, 2))])
    with pytest.raises(LacksCapabilityError, match="cannot do generate"):
        engine.generate([Prompt((1, 2))], Sampling())
    reward = TransformersEngine(of_folder(tiny.of("llama", labels=1)))
    with pytest.raises(LacksCapabilityError, match="cannot do token_signals"):
        reward.token_signals([Scored((1, 2), ((1, 2),))])


@pytest.mark.parametrize(
    ("family", "labels"), [("llama", 1), ("gpt2", 1), ("bert", 1), ("deberta", 1), ("modernbert", 6)]
)
def test_heads_give_what_the_library_gives_without_padding(family: str, labels: int, tiny: TinyModels) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tiny.of(family, labels=labels)
    model = TransformersEngine(of_folder(folder))
    ids = model.tokenizer.encode_all(TEXTS, special=True)
    found = model.pooled([Prompt(each) for each in ids])
    plain = AutoModelForSequenceClassification.from_pretrained(str(folder)).eval()
    with torch.inference_mode():
        wanted = [plain(input_ids=torch.tensor([each])).logits[0].numpy() for each in ids]
    assert all(not isinstance(each, Failed) for each in found)
    assert np.array([each.values for each in found]) == pytest.approx(np.array(wanted), rel=1e-4, abs=1e-5)  # type: ignore[union-attr]


@pytest.mark.timeout(1500)
def test_a_long_text_stays_within_the_bound(tiny: TinyModels) -> None:
    folder = tiny.of("qwen3", vocabulary=VOCABULARY, max_position_embeddings=TOKENS)
    engine = Process(of_folder(folder), Options(), "transformers")
    try:
        engine.token_signals([Scored((1, 2, 3), ((1, 3),))])
        assert engine.pid is not None
        before = _peak(engine.pid)
        ids = tuple(np.random.default_rng(1).integers(0, VOCABULARY, TOKENS).tolist())
        (found,) = engine.token_signals([Scored(ids, ((1, TOKENS),))])
        grown = _peak(engine.pid) - before
    finally:
        engine.close()
    assert isinstance(found, TokenSignals)
    assert found.spans[0].tokens == TOKENS - 1
    assert grown < BOUND


def _peak(pid: int) -> int:
    """The most memory a process has had, in bytes."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10


def test_half_precision_keeps_every_sum_within_a_twentieth(engine: TransformersEngine, tiny: TinyModels) -> None:
    half = TransformersEngine(of_folder(tiny.of("llama")), Options(batch_tokens=256, dtype="bfloat16"))
    assert half.stamp == "transformers+bfloat16+batch_dependent"
    asked = requests(engine)
    whole, halved = sums(engine.token_signals(asked)), sums(half.token_signals(asked))
    assert halved == pytest.approx(whole, rel=0.05)
    assert (halved != whole).any()
