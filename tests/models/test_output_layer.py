"""The output layer in slices: the same numbers as all logits at once, of tied, separate and capped layers."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_models import TinyModels

from scorers.engines import output_layer
from scorers.engines.tokenizer import HubTokenizer

pytestmark = pytest.mark.slow

TEXT = "def add(a, b):\n    return a + b\n\nJanet has 3 apples. 这是一个句子 ünïcode"


@pytest.mark.parametrize(("family", "tied"), [("llama", False), ("qwen3", True), ("gpt2", True)])
def test_slices_give_what_the_whole_forward_gives(
    tiny: TinyModels, family: str, tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    folder = tiny.of(family, **({} if family == "gpt2" else {"tie_word_embeddings": tied}))
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    ids = torch.tensor([HubTokenizer(folder).encode(TEXT)])
    with torch.inference_mode():
        out = model(ids, output_hidden_states=True)
        wanted = torch.log_softmax(out.logits[0].double(), dim=1)
    layer = output_layer.of_checkpoint(folder)
    # Slices of three positions, the last one shorter.
    monkeypatch.setattr(output_layer, "SLICE_BYTES", 4 * 3 * layer.vocabulary)
    chosen, entropies = layer.token_values(out.hidden_states[-1][0, :-1], ids[0, 1:])
    np.testing.assert_allclose(chosen, wanted[:-1].gather(1, ids[0, 1:, None]).squeeze(1).numpy(), rtol=1e-5)
    np.testing.assert_allclose(entropies, -(wanted[:-1].exp() * wanted[:-1]).sum(1).numpy(), rtol=1e-5)


def test_a_soft_cap_bounds_the_logits() -> None:
    import torch

    layer = output_layer.OutputLayer(torch.eye(2) * 100, cap=5.0)
    logits = layer.logits(torch.tensor([[1.0, -1.0]]))
    assert logits.tolist() == [[pytest.approx(5.0), pytest.approx(-5.0)]]


def test_impossible_words_do_not_make_entropies_infinite() -> None:
    import torch

    chosen, entropy = output_layer.reduced(torch.tensor([[0.0, 0.0, -torch.inf]]), torch.tensor([[0, 2]]))
    assert chosen.tolist() == [[pytest.approx(-0.693147, abs=1e-6), -torch.inf]]
    assert entropy.tolist() == [pytest.approx(0.693147, abs=1e-6)]
