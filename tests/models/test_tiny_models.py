"""The models that other tests run on: every family is made, loads, and gives different numbers for different texts."""

from __future__ import annotations

import pytest
from tiny_models import FAMILIES, TinyModels

from scorers.engines.tokenizer import HubTokenizer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_classifier_of_every_family_tells_texts_apart(tiny: TinyModels, family: str) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tiny.of(family, labels=4)
    model = AutoModelForSequenceClassification.from_pretrained(str(folder))
    tokenizer = HubTokenizer(folder)
    rows = [tokenizer.encode(text, special=True) for text in ("Write a function.", "def add(a, b): return a")]
    with torch.inference_mode():
        first, second = (model(torch.tensor([ids])).logits[0] for ids in rows)
    assert first.shape == (4,)
    assert (first - second).abs().max() > 1e-3


def test_digits_and_special_tokens_are_single_tokens(tiny: TinyModels) -> None:
    tokenizer = HubTokenizer(tiny.of("qwen3"))
    assert all(len(tokenizer.encode(digit)) == 1 for digit in "0123456789")
    assert tokenizer.encode("<|im_start|>") == (2,)
    assert tokenizer.token("</think>") == 5
    assert tokenizer.token("nothing of the kind") is None
    assert tokenizer.decode(tokenizer.encode("Ein kurzer Satz 你好 42")) == "Ein kurzer Satz 你好 42"
    ids = tokenizer.chat([("user", "Hello")], generation=True, enable_thinking=False)
    assert tokenizer.decode(ids) == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def test_an_encoder_joins_pairs_with_its_special_tokens(tiny: TinyModels) -> None:
    tokenizer = HubTokenizer(tiny.of("bert", labels=1))
    assert tokenizer.decode(tokenizer.pair("yes", "no")) == "[CLS]yes[SEP]no[SEP]"
