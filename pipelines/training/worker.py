"""The program that trains: `python -m pipelines.training.worker FOLDER`, with TRL, in a process of its own.

FOLDER holds `job.json` and `data/data.jsonl`, and may hold `validation/data.jsonl`, whose loss is measured at the end.
What happens goes to standard output, a JSON object a line, to the file of the run's curve, and to Dagster where Pipes
started it. At the end there are `model/` and `result.json`; a run that was killed goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.orphans import end_with
from pipelines.reporting import Say, line_to_run
from pipelines.training import curve, energy
from pipelines.training.render import TEMPLATES, copies, tokens

SMALL = 5_000_000
"""Parameters below which threads wait for one another longer than they compute."""


def main(folder: Path) -> None:
    """Train what a folder says."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    end_with(os.getppid())  # a program that was killed leaves nobody training in its folder
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with line_to_run() as say:
        result = _train(folder, job, say)
    draft = folder / "result.json.partial"
    draft.write_text(json.dumps(result), encoding="utf-8")
    draft.replace(folder / "result.json")
    _say({"done": True})


def _train(folder: Path, job: dict[str, Any], say: Say) -> dict[str, Any]:
    from transformers import AutoConfig

    AutoConfig.from_pretrained(job["base"])  # a base that is not here is said before the seconds of the other imports
    import datasets
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    settings, seed = job["settings"], int(job["seed"])
    torch.set_num_threads(int(job["threads"]))
    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(job["base"])
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    template = TEMPLATES[settings["template"]]
    longest = int(settings["cutoff_len"])

    def tokenised(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, list[int]]]:
        found = [tokens(tokenizer, row["messages"], template, longest) for row in rows]
        return [row for row in found if any(row["completion_mask"])]

    rows = _rows(folder / "data")
    ready = tokenised(copies(rows, seed))
    held_back = tokenised(_rows(folder / "validation")) if (folder / "validation").is_dir() else []
    model = AutoModelForCausalLM.from_pretrained(job["base"], dtype=torch.float32 if job["cpu"] else "auto")
    if sum(parameter.numel() for parameter in model.parameters()) < SMALL:
        torch.set_num_threads(1)
    steps = int(settings.get("max_steps", -1))
    begun, meter = time.monotonic(), energy.of_torch()
    known = curve.read(folder)

    def log(line: dict[str, Any]) -> None:
        curve.append(folder, {**line, "part": begun, "seconds": time.monotonic() - begun, "energy": meter.kwh()})

    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=datasets.Dataset.from_list(ready),
        eval_dataset=datasets.Dataset.from_list(held_back) if held_back else None,
        callbacks=[_told(say, log)],
        args=SFTConfig(
            output_dir=str(folder / "checkpoints"),
            seed=seed,
            data_seed=seed,
            use_cpu=bool(job["cpu"]),
            bf16=bool(settings["bf16"]) and not job["cpu"],
            max_length=longest,
            packing=bool(settings["packing"]),
            completion_only_loss=True,
            num_train_epochs=float(settings["num_train_epochs"]),
            max_steps=steps,
            per_device_train_batch_size=int(settings["per_device_train_batch_size"]),
            per_device_eval_batch_size=int(settings["per_device_train_batch_size"]),
            gradient_accumulation_steps=int(settings["gradient_accumulation_steps"]),
            learning_rate=float(settings["learning_rate"]),
            lr_scheduler_type=settings["lr_scheduler_type"],
            warmup_steps=float(settings["warmup_ratio"]),
            use_liger_kernel=bool(settings.get("enable_liger_kernel")) and not job["cpu"],
            gradient_checkpointing=not job["cpu"],
            save_strategy=settings["save_strategy"],
            save_steps=int(settings.get("save_steps", 500)),
            save_total_limit=int(settings["save_total_limit"]),
            logging_steps=max(1, int(job["log_steps"])),
            deepspeed=job.get("deepspeed"),
            report_to=[],
            disable_tqdm=True,
            dataloader_pin_memory=not job["cpu"],
        ),
    )
    before = _last_checkpoint(folder / "checkpoints")
    trainer.train(resume_from_checkpoint=before)
    trainer.save_model(str(folder / "model"))
    tokenizer.save_pretrained(str(folder / "model"))
    state = trainer.state
    losses = curve.by_step([entry for entry in state.log_history if "loss" in entry])
    last = {"part": begun, "seconds": time.monotonic() - begun, "energy": meter.kwh()}
    return {
        "rows": len(rows),
        "tokens": sum(len(row["input_ids"]) for row in ready),
        "trained_tokens": int(state.num_input_tokens_seen) or None,
        "steps": int(state.global_step),
        "loss": curve.mean_loss(losses),
        "seconds": curve.spent([*known, last], "seconds"),
        "energy": curve.spent([*known, last], "energy"),
        "energy_detail": meter.reason or None,
        "resumed": before is not None,
        "losses": losses,
        "validation_loss": float(trainer.evaluate()["eval_loss"]) if held_back else None,
    }


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "data.jsonl").read_text(encoding="utf-8").splitlines()]


def _last_checkpoint(folder: Path) -> str | None:
    """The last checkpoint that is whole: the trainer writes its state last."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    whole = [path for path in found if (path / "trainer_state.json").is_file()]
    return str(whole[-1]) if whole else None


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _told(say: Say, log: Callable[[dict[str, Any]], None]) -> Any:
    from transformers import TrainerCallback

    class Told(TrainerCallback):  # type: ignore[misc]
        """Says and keeps each logged step; a step that is saved, and the last one, are logged too."""

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            if control.should_save or state.global_step >= state.max_steps:
                control.should_log = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
            if logs and "loss" in logs:
                line = {"step": state.global_step, "steps": state.max_steps, "loss": float(logs["loss"])}
                log({**{name: logs.get(name) for name in curve.LOSS}, **line, "epoch": state.epoch})
                _say(line)
                say(f"step {line['step']} of {line['steps']}: loss {line['loss']:.4f}")

    return Told()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
