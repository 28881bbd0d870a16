"""Recipes are OpenDataArena's configurations, key by key; what a trainer is given follows from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from pipelines.curate import create_slice
from pipelines.train import plan_training
from pipelines.training import llamafactory
from pipelines.training.job import job_of
from pipelines.training.recipes import recipes
from pipelines.training.render import TEMPLATES, copies, pieces, tokens

ODA = ["llama3.1-8b", "llama3.1-8b-long", "qwen2.5-7b", "qwen2.5-7b-long", "qwen3-8b", "qwen3-vl-8b"]

TABLE = {
    "cutoff_len": [4096, 32768, 4096, 32768, 32768, 12288],
    "packing": [False, True, False, True, True, True],
    "per_device_train_batch_size": [4, 1, 4, 1, 2, 1],
    "gradient_accumulation_steps": [4, 2, 4, 2, 2, 2],
    "learning_rate": [2e-5, 3e-5, 5e-6, 5e-5, 5e-5, 1e-5],
    "warmup_ratio": [0.03, 0.03, 0.1, 0.1, 0.1, 0.1],
    "deepspeed": ["zero2", "zero2", "zero2", "zero2", "zero3", "zero3"],
    "template": ["default"] * 5 + ["qwen3_vl"],
    "save_strategy": ["epoch"] * 5 + ["steps"],
}
COMMON = {
    "stage": "sft", "finetuning_type": "full", "num_train_epochs": 3.0, "lr_scheduler_type": "cosine", "bf16": True,
    "enable_liger_kernel": True, "preprocessing_num_workers": 16, "save_total_limit": 1, "save_only_model": True,
}  # fmt: skip


def test_the_six_recipes_are_those_of_the_source() -> None:
    known = recipes()
    assert list(known) == [*ODA, "tiny"]
    for key, values in TABLE.items():
        assert [known[name].settings[key] for name in ODA] == values, key
    for name in ODA:
        assert {key: known[name].settings[key] for key in COMMON} == COMMON, name
    assert [known[name].global_batch(8) for name in ODA] == [128, 16, 128, 16, 32, 16]
    assert [name for name in ODA if "seed" not in known[name].settings] == ["qwen2.5-7b-long"]
    assert [known[name].base for name in ODA[:5:2]] == [
        "meta-llama/Llama-3.1-8B",
        "Qwen/Qwen2.5-7B",
        "Qwen/Qwen3-8B-Base",
    ]
    vision = known["qwen3-vl-8b"].settings
    assert (vision["freeze_vision_tower"], vision["freeze_multi_modal_projector"], vision["freeze_language_model"]) == (
        True,
        True,
        False,
    )
    assert (vision["image_max_pixels"], vision["video_max_pixels"], vision["save_steps"]) == (262144, 16384, 500)
    assert {key for name in ODA[:5] for key in known[name].settings} == {*TABLE, *COMMON, "seed"}


@pytest.fixture
def filled(lake: Lake) -> Lake:
    put(lake, "sums", [Sample(f"q{i}", f"a{i}") for i in range(40)])
    create_slice(lake, "half", "select sample_id from samples where row_no < 20")
    return lake


def test_a_run_is_keyed_by_slice_recipe_base_and_seed(filled: Lake) -> None:
    def run(subject: str = "half", recipe: str = "tiny", base: str = "m", seed: int = 1, **changed: object) -> str:
        return job_of(filled, subject, recipe_name=recipe, base=base, seed=seed, changed=changed).run

    first = run()
    assert first == run()
    assert (
        len({first, run(seed=2), run(base="n"), run(recipe="qwen2.5-7b"), run(subject="sums"), run(max_steps=5)}) == 6
    )
    create_slice(filled, "half", "select sample_id from samples where row_no < 21", replace=True)
    assert run() != first  # another slice under the same name
    with pytest.raises(UnknownNameError, match="Unknown recipe 'tinny'"):
        run(recipe="tinny")
    with pytest.raises(UsageError, match="has no setting 'steps'"):
        run(steps=1)
    with pytest.raises(UnknownNameError, match="Unknown slice or dataset 'hal'"):
        run(subject="hal")


def test_a_plan_counts_and_changes_nothing(filled: Lake) -> None:
    before = filled.snapshot
    plan = plan_training(filled, "half", recipe="qwen2.5-7b", base="m", seed=3)
    assert (plan.rows, plan.steps, plan.known, plan.characters) == (20, 6, False, 20 * 4 + 20)
    assert plan_training(filled, "sums", recipe="tiny", base="m").steps == 150
    assert filled.snapshot == before
    assert not (filled.settings.home / "runs").exists()


def test_llamafactory_is_given_the_recipe_and_where_the_data_lie(filled: Lake, tmp_path: Path) -> None:
    job = job_of(filled, "half", recipe_name="qwen3-8b", base="Qwen/Qwen3-8B-Base", seed=7)
    llamafactory.write(job, tmp_path)
    written = yaml.safe_load((tmp_path / "train.yaml").read_text())
    settings = {key: value for key, value in job.settings.items() if key != "deepspeed"}
    assert {key: written[key] for key in settings} == settings
    assert (written["seed"], written["dataset"], written["model_name_or_path"]) == (7, "half", "Qwen/Qwen3-8B-Base")
    assert (written["dataset_dir"], written["deepspeed"]) == (str(tmp_path / "data"), str(tmp_path / "deepspeed.json"))
    assert json.loads((tmp_path / "deepspeed.json").read_text())["zero_optimization"]["stage"] == 3


def test_what_llamafactory_logged_is_read_back(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "all_results.json").write_text('{"train_loss": 1.25, "train_runtime": 90.5, "epoch": 3.0}')
    lines = [
        {"current_steps": 10, "total_steps": 20, "loss": 1.5, "lr": 1e-05, "epoch": 1.5},
        {"current_steps": 20, "total_steps": 20, "loss": 1.0, "lr": 0.0, "epoch": 3.0},
        {"current_steps": 20, "total_steps": 20, "epoch": 3.0},
    ]
    (model / "trainer_log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = llamafactory.result(tmp_path)
    assert (found["steps"], found["loss"], found["seconds"], found["trained_tokens"]) == (20, 1.25, 90.5, None)
    assert found["losses"] == [
        {"step": 10, "epoch": 1.5, "loss": 1.5, "learning_rate": 1e-05},
        {"step": 20, "epoch": 3.0, "loss": 1.0, "learning_rate": 0.0},
    ]


TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "1"},
    {"role": "user", "content": "two"},
    {"role": "assistant", "content": "2", "weight": 0},
    {"role": "user", "content": "three"},
    {"role": "assistant", "content": "3", "weight": 1},
]


def test_answers_carry_the_loss_unless_their_turn_weighs_nothing() -> None:
    found = pieces(TALK, TEMPLATES["default"], "</s>")
    assert "".join(piece.text for piece in found) == (
        "Be brief.\nHuman: one\nAssistant:1</s>\nHuman: two\nAssistant:2</s>\nHuman: three\nAssistant:3</s>"
    )
    assert [piece.text for piece in found if piece.trained] == ["1</s>", "3</s>"]


class Letters:
    """A tokenizer whose tokens are characters."""

    bos_token_id, eos_token = 0, "$"

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return [ord(letter) for letter in text]


def test_tokens_are_masked_and_cut() -> None:
    found = tokens(Letters(), TALK[1:3], TEMPLATES["plain"], 100)
    assert "".join(map(chr, found["input_ids"][1:])) == "one 1$"
    assert found["completion_mask"] == [0, 0, 0, 0, 0, 1, 1]
    assert tokens(Letters(), TALK[1:3], TEMPLATES["plain"], 6)["completion_mask"] == [0, 0, 0, 0, 0, 1]


def test_calls_of_tools_are_trained_like_words() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
    talk = [
        {"role": "user", "content": "1 and 2?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "3"},
        {"role": "assistant", "content": "Three.", "weight": 0},
        {"role": "assistant", "content": "Again.", "function_call": {"name": "add", "arguments": "not JSON"}},
    ]
    found = pieces(talk, TEMPLATES["default"], "</s>")
    assert [piece.text for piece in found if piece.trained] == [
        '<tool_call>\n{"name": "add", "arguments": {"a": 1, "b": 2}}\n</tool_call></s>',
        'Again.\n<tool_call>\n{"name": "add", "arguments": "not JSON"}\n</tool_call></s>',
    ]


def test_a_weight_is_how_often_a_row_is_seen() -> None:
    rows = [{"n": 1, "weight": 2.0}, {"n": 2, "weight": 0.0}, {"n": 3}, {"n": 4, "weight": 0.5}]
    drawn = [[row["n"] for row in copies(rows, seed)] for seed in range(200)]
    assert all(found[:3] == [1, 1, 3] and set(found[3:]) <= {4} for found in drawn)
    assert 70 < sum(len(found) == 4 for found in drawn) < 130
    assert drawn[5] == [row["n"] for row in copies(rows, 5)]
