"""Names of datasets as cards, papers and addresses write them."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines.tracing.names import is_model, parse, similarity
from pipelines.tracing.registry import ITSELF, Known, Registry


@pytest.mark.parametrize(
    ("text", "shown", "key"),
    [
        ("https://huggingface.co/datasets/openai/gsm8k/viewer?row=1", "openai/gsm8k", "gsm8k"),
        ("hf://tatsu-lab/alpaca@main", "tatsu-lab/alpaca", "alpaca"),
        ("datasets/acme/tales", "acme/tales", "tales"),
        ("https://github.com/openai/grade-school-math.git", "openai/grade-school-math", "gradeschoolmath"),
        ("GSM8K (Cobbe et al., 2021)", "GSM8K", "gsm8k"),
        ("MetaMath (2023a)", "MetaMath", "metamath"),
        ("`MATH` [1]", "MATH", "math"),
        ("the Alpaca dataset", "Alpaca", "alpaca"),
        ("OpenHermes-2.5", "OpenHermes-2.5", "openhermes2.5"),
        ("NuminaMath v1.0", "NuminaMath v1.0", "numinamath1"),
        ("https://arxiv.org/abs/2110.14168", "https://arxiv.org/abs/2110.14168", ""),
        ("https://huggingface.co/spaces/a/b", "https://huggingface.co/spaces/a/b", ""),
        ("", "", ""),
    ],
)
def test_a_name_is_taken_apart(text: str, shown: str, key: str) -> None:
    assert (parse(text).shown, parse(text).key) == (shown, key)


@pytest.mark.parametrize(
    "text",
    [
        "Qwen2.5-7B-Instruct",
        "GPT-4",
        "gpt-3.5-turbo",
        "o1-mini",
        "text-davinci-003",
        "DeepSeek-R1",
        "DeepSeek-R1-Distill-Qwen-32B",
        "Claude 3.5 Sonnet",
        "https://huggingface.co/acme/anything",
        "phi-4-reasoning",
        "Mixtral-8x7B",
    ],
)
def test_models_are_no_datasets(text: str) -> None:
    assert is_model(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "AM-DeepSeek-R1-Distilled-1.4M",
        "Llama-Nemotron-Post-Training-Dataset",
        "o1-journey",
        "GPTeacher",
        "alpaca_52k",
        "Evol-Instruct",
        "codeforces-cots",
        "ShareGPT",
        "math",
    ],
)
def test_datasets_named_after_models_are_datasets(text: str) -> None:
    assert not is_model(parse(text))


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("numina-math-cot", "NuminaMath_CoT", 1, 1),
        ("ultrafedback", "UltraFeedback", 0.9, 0.99),
        ("alpaca", "alpaca_52k", 0.9, 0.95),  # a count of rows that only one states
        ("alpaca_52k", "alpaca_20k", 0, 0),
        ("OpenHermes-2", "OpenHermes-2.5", 0, 0),
        ("gsm8k", "gsm8k_train", 0, 0),
        ("gsm8k", "gsm_plus", 0, 0),
        ("acme/tales", "other/tales", 0, 0),
        ("tales", "acme/tales", 1, 1),
        ("", "x", 0, 0),
    ],
)
def test_similarity_respects_numbers_versions_and_owners(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(parse(one), parse(other)) <= most
    assert similarity(parse(one), parse(other)) == similarity(parse(other), parse(one))


KNOWN = [
    Known("gsm8k_train"),
    Known("gsm8k_test", kind="benchmark"),
    Known("alpaca_52k", released=dt.date(2023, 3, 13)),
    Known("my-numina", source="hf://AI-MO/NuminaMath-CoT@abc"),
    Known("tiny_tales"),
    Known("tales-2.5"),
    Known("small"),
    Known("storybook_lines"),
]


@pytest.fixture
def registry() -> Registry:
    return Registry({known.node: known for known in KNOWN})


@pytest.mark.parametrize(
    ("mention", "node", "how"),
    [
        ("tiny-tales", "tiny_tales", "same name"),
        ("AI-MO/NuminaMath-CoT", "my-numina", "address"),
        ("https://huggingface.co/datasets/AI-MO/NuminaMath-CoT", "my-numina", "address"),
        ("NuminaMath", "my-numina", "alias"),
        ("Stanford Alpaca", "alpaca_52k", "alias"),
        ("GSM8K", "gsm8k_train", "its split"),
        ("gsm8k_test", "gsm8k_test", "same name"),
        ("storybok lines", "storybook_lines", "similar name"),
        ("tales 2", "tales 2", "outside"),
        ("acme/tiny_tales", "tiny_tales", "same name"),
        ("MetaMathQA", "meta-math/MetaMathQA", "alias"),
        ("https://huggingface.co/datasets/acme/new-one", "acme/new-one", "outside"),
    ],
)
def test_a_name_is_looked_up_in_the_lake_first(registry: Registry, mention: str, node: str, how: str) -> None:
    found = registry.resolve(mention, "small")
    assert (found.node, found.how) == (node, how)


def test_what_is_measured_decides_between_splits(registry: Registry) -> None:
    registry.related = frozenset({("small", "gsm8k_test")})
    assert registry.resolve("GSM8K", "small").node == "gsm8k_test"
    assert registry.resolve("GSM8K", "tiny_tales").node == "gsm8k_train"


def test_what_is_no_other_dataset_has_a_reason(registry: Registry) -> None:
    assert registry.resolve("GPT-4", "small").reason == "a model, not a dataset"
    assert registry.resolve("https://example.org/x", "small").reason == "no name of a dataset"
    assert registry.resolve("NuminaMath", "my-numina").reason == ITSELF
    assert registry.resolve("Tiny Tales", "tiny_tales").reason == ITSELF


def test_a_dataset_outside_has_one_name(registry: Registry) -> None:
    first = registry.resolve("acme/new-one", "small").node
    assert registry.resolve("New One", "small").node == first == "acme/new-one"
    assert registry.resolve("other/new-one", "small").node == "other/new-one"


def test_a_person_has_the_last_word(registry: Registry) -> None:
    registry.same = {"gpt-4": "tiny_tales"}
    assert registry.resolve("GPT-4", "small").node == "tiny_tales"
