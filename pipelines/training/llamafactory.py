"""LLaMA-Factory as a trainer: its YAML and data, its command in an environment of its own, its logs read back."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from lake.errors import UsageError
from pipelines.training.job import Job

COMMAND = "ODA_LLAMAFACTORY"
"""Environment variable that names `llamafactory-cli` of the environment it is installed in."""

DEEPSPEED = {"zero2": 2, "zero3": 3}


def config(job: Job, folder: Path) -> dict[str, Any]:
    """The training file: the recipe's settings, and where data and results lie."""
    settings = {name: value for name, value in job.settings.items() if name != "deepspeed"}
    stage = DEEPSPEED.get(job.settings.get("deepspeed", ""))
    return {
        "model_name_or_path": job.base,
        "do_train": True,
        "dataset_dir": str(folder / "data"),
        "dataset": job.subject,
        "output_dir": str(folder / "model"),
        "logging_steps": 10,
        "overwrite_cache": True,
        "report_to": "none",
        **settings,
        **({"deepspeed": str(folder / "deepspeed.json")} if stage else {}),
    }


def deepspeed(stage: int) -> dict[str, Any]:
    """The settings of DeepSpeed for a stage of ZeRO; everything else follows the trainer."""
    auto = dict.fromkeys(
        ("train_batch_size", "train_micro_batch_size_per_gpu", "gradient_accumulation_steps", "gradient_clipping"),
        "auto",
    )
    return {
        **auto,
        "zero_allow_untested_optimizer": True,
        "bf16": {"enabled": "auto"},
        "zero_optimization": {"stage": stage, "overlap_comm": True, "contiguous_gradients": True},
    }


def prepared(job: Job, folder: Path) -> list[str]:
    """Write the files, and the command that trains with them; raises UsageError where the command is not known."""
    write(job, folder)
    command = os.environ.get(COMMAND) or shutil.which("llamafactory-cli")
    if command is None:
        raise UsageError(
            "LLaMA-Factory is not here: its pins clash with those of this environment.",
            hint=f"Install it in another and set {COMMAND}; {folder / 'train.yaml'} is what it would be given.",
        )
    return [command, "train", str(folder / "train.yaml")]


def write(job: Job, folder: Path) -> None:
    """Write `train.yaml`, and `deepspeed.json` where the recipe names a stage."""
    stage = DEEPSPEED.get(job.settings.get("deepspeed", ""))
    if stage:
        (folder / "deepspeed.json").write_text(json.dumps(deepspeed(stage), indent=1), encoding="utf-8")
    (folder / "train.yaml").write_text(yaml.safe_dump(config(job, folder), sort_keys=False), encoding="utf-8")


def result(folder: Path) -> dict[str, Any]:
    """What LLaMA-Factory says of a training, from `trainer_log.jsonl` and `all_results.json` beside its model."""
    ended = json.loads((folder / "model" / "all_results.json").read_text(encoding="utf-8"))
    known = losses(folder)
    return {
        "steps": max((loss["step"] for loss in known), default=None),
        "loss": ended.get("train_loss"),
        "seconds": ended["train_runtime"],
        "trained_tokens": ended.get("num_input_tokens_seen"),
        "energy_detail": "LLaMA-Factory does not meter it",
        "losses": known,
    }


def losses(folder: Path) -> list[dict[str, Any]]:
    """What it has logged so far, a step a row; nothing before it began."""
    try:
        lines = (folder / "model" / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [
        {
            "step": int(entry["current_steps"]),
            "epoch": entry.get("epoch"),
            "loss": float(entry["loss"]),
            "learning_rate": entry.get("lr", entry.get("learning_rate")),
        }
        for entry in map(json.loads, lines)
        if "loss" in entry
    ]
