"""Exports for TRL through its own path: `load_dataset` of the folder, then `apply_chat_template` with its templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from direct import write
from test_tool_calls import CHOSEN, LEGACY, PARALLEL, THOUGHT, WITH_CONTENT

from lake.formats.base import Sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The configurations of one export: conversations with calls, plain ones, and pairs."""
    import datasets

    folder = tmp_path_factory.mktemp("trl")
    pairs = [CHOSEN, Sample("Best?", "A", rejected_response="B")]
    write(
        "trl", folder / "out", PARALLEL, WITH_CONTENT, LEGACY, THOUGHT, Sample("Hi", "Ho", system="Be brief."), *pairs
    )
    cache = str(folder / "cache")
    return {
        name: datasets.load_dataset(str(folder / "out"), name, split="train", cache_dir=cache)
        for name in ("default", "pairs")
    }


def rendered(template: str, row: dict[str, Any]) -> dict[str, str]:
    """What TRL makes of a row with one of its templates."""
    import trl.data_utils
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"?": 0}, unk_token="?")))
    tokenizer.chat_template = (Path(trl.__file__).parent / "chat_templates" / f"{template}.jinja").read_text()
    found: dict[str, str] = trl.data_utils.apply_chat_template(row, tokenizer, tools=row.pop("tools", None))
    return found


CALL = '<tool_call>\n{"name": "weather", "arguments": {"town": "Rom"}}\n</tool_call>'


@pytest.mark.parametrize("template", ["qwen3", "qwen2_5"])
def test_calls_are_objects_to_templates(loaded: dict[str, Any], template: str) -> None:
    texts = [rendered(template, dict(row))["text"] for row in loaded["default"]]
    for text in texts[:4]:
        assert CALL in text
        assert '"name": "weather", "description": "of a town"' in text
    assert f"{CALL}\n{CALL.replace('Rom', 'Oslo')}<|im_end|>" in texts[0]
    assert f"I shall look.\n{CALL}" in texts[1]
    assert "<tool_response>\nsnow\n</tool_response>\n<tool_response>\nsun\n</tool_response>" in texts[0]


def test_reasoning_reaches_a_template_that_has_a_place_for_it(loaded: dict[str, Any]) -> None:
    text = rendered("qwen3", dict(loaded["default"][3]))["text"]
    assert f"<|im_start|>assistant\n<think>\ntwo towns\n</think>\n\n{CALL}<|im_end|>" in text
    assert text.endswith("<think>\nso\n</think>\n\nSun and snow.<|im_end|>\n")


def test_a_template_that_refuses_texts_as_arguments_takes_these(loaded: dict[str, Any]) -> None:
    assert 'town:<|"|>Rom<|"|>' in rendered("gemma4_v5", dict(loaded["default"][0]))["text"]


def test_pairs(loaded: dict[str, Any]) -> None:
    called, plain = (rendered("qwen3", dict(row)) for row in loaded["pairs"])
    assert CALL in called["chosen"]
    assert CALL.replace("Rom", "Roma") in called["rejected"]
    assert plain["prompt"].endswith("<|im_start|>user\nBest?<|im_end|>\n<|im_start|>assistant\n")
    assert (plain["chosen"][-13:], plain["rejected"][-13:]) == ("\nA<|im_end|>\n", "\nB<|im_end|>\n")
