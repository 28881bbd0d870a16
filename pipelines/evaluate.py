"""Evaluation: a model on benchmarks, with lm-eval, out of process; values and outcomes on items go into the lake.

What is evaluated is a run of `train`, or any model as the base or instruct model that runs are compared with. Tasks
that have results already are not repeated; each task is a commit, so a killed evaluation repeats what is missing.
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lake.catalog import Connection, Lake
from lake.errors import ConflictError, MissingExtraError, OdaError, UnknownNameError, UsageError
from lake.identity import instruction_id
from lake.locks import folder_lock
from lake.rows import delete, put
from lake.tables import TRAINING_RUNS
from lake.whole_file import replace_whole
from pipelines.evaluating.results import Results, add_evaluations, as_json, now
from pipelines.evaluating.tasks import Task, chosen, write_own
from pipelines.import_results import LAKE
from pipelines.launching import Launch, ProgramFailed, launched
from pipelines.progress import Progress, Silent

ENGINES = ("hf", "vllm")
CPU_CACHE_BYTES = 2**28
"""Keys and values that vLLM keeps on a CPU: 20,000 tokens of a model of half a billion parameters."""

POINTS = 100.0
_NO_METRICS = ("alias", "sample_len", "sample_count")


class EvaluationError(OdaError):
    """An evaluation that failed; tasks that were done are kept."""


@dataclass(frozen=True)
class EvaluateReport:
    """What an evaluation did: values by benchmark in points, and benchmarks that had results before."""

    run: str
    model: str
    values: dict[str, float | None]
    known: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Model:
    """What is evaluated: its run, where it lies, and the template it is asked with."""

    run: str
    path: str
    template: str
    row: dict[str, Any] | None = None


def evaluate(
    lake: Lake,
    model: str,
    benchmarks: Sequence[str],
    *,
    role: str | None = None,
    base: str | None = None,
    template: str = "plain",
    engine: str = "hf",
    decoding: str | None = None,
    repeats: int | None = None,
    batch_size: int = 64,
    limit: int | None = None,
    longest: int = 32,
    allow_code: bool = False,
    again: bool = False,
    seed: int = 42,
    launch: Launch | None = None,
    progress: Progress | None = None,
) -> EvaluateReport:
    """Evaluate a model on benchmarks and keep values and outcomes on items.

    - model: a run of `train`; or with a role, a folder or name of the hub.
    - role: base or instruct, for a model that was not trained here; base: the base model whose board it stands on.
    - template: how such a model is asked: plain, or default (that of LLaMA-Factory).
    - engine: hf (transformers) or vllm.
    - decoding: settings of generation for all tasks, e.g. temperature=0.6,top_p=0.95.
    - repeats: evaluations of each benchmark where answers are drawn, each by another seed; as the benchmark says by
      default. The value is their mean.
    - limit: look at so many items of each benchmark only; longest: tokens of an answer to a dataset of the lake.
    - allow_code: benchmarks that run what a model wrote, in the sandbox; they are refused otherwise.
    - again: evaluate what has results, too.
    - launch: runs the program that evaluates; a plain process by default.

    Raises UnknownNameError for a model or benchmark that is not there, EvaluationError where lm-eval fails.
    """
    if find_spec("lm_eval") is None:
        raise MissingExtraError.of("Evaluating with lm-eval", "evaluate")
    found = _model(lake, model, role, base, template)
    tasks = chosen(lake, benchmarks, decoding=decoding, repeats=repeats, allow_code=allow_code)
    known = () if again else tuple(name for name in _evaluated(lake, found.run) if name in {t.name for t in tasks})
    wanted = [task for task in tasks if task.name not in known]
    values: dict[str, float | None] = {}
    if wanted:
        folder = lake.settings.home / "runs" / found.run / "evaluation"
        (folder / "results").mkdir(parents=True, exist_ok=True)
        try:
            with folder_lock(folder):
                if again:
                    for task in wanted:
                        for name in task.files:
                            (folder / "results" / name).unlink(missing_ok=True)
                write_own(lake, wanted, folder / "tasks", found.template, longest)
                job = {
                    "tasks": [{**asdict(task), "files": task.files} for task in wanted],
                    "include": str(folder / "tasks") if any(task.own for task in wanted) else "",
                    "defaults": not all(task.own for task in wanted),
                    "engine": engine,
                    "model_args": _arguments(found.path, engine, batch_size),
                    "device": None if _has_gpu() else "cpu",
                    "batch_size": batch_size,
                    "limit": limit,
                    "decoding": decoding,
                    "chat": False,
                    "runs_code": any(task.runs_code for task in wanted),
                    "seed": seed,
                    "threads": lake.settings.threads,
                }
                replace_whole(folder / "job.json", json.dumps(job, indent=1).encode())
                values = _run(
                    lake, found, wanted, folder, job=job, launch=launch or launched, progress=progress or Silent()
                )
        except BlockingIOError:
            raise ConflictError(
                f"Another program evaluates {model}.", hint="Wait for it; its results are then here."
            ) from None
    return EvaluateReport(found.run, found.path, values, known)


def plan_evaluation(
    lake: Lake,
    model: str,
    benchmarks: Sequence[str],
    *,
    role: str | None = None,
    base: str | None = None,
    template: str = "plain",
) -> list[dict[str, Any]]:
    """What `evaluate` would do, a row a benchmark: task, items where they are in the lake, whether it is known."""
    found = _model(lake, model, role, base, template)
    known = set(_evaluated(lake, found.run))
    counts = dict(lake.rows("select dataset, rows from datasets where kind = 'benchmark'"))
    return [
        {
            "benchmark": task.name,
            "task": task.task,
            "items": counts.get(task.name),
            "state": "known" if task.name in known else "to do",
        }
        for task in chosen(lake, benchmarks, allow_code=True)
    ]


def _model(lake: Lake, model: str, role: str | None, base: str | None, template: str) -> _Model:
    if role is None:
        rows = lake.rows(
            "select path, settings::varchar from training_runs where run = ? and origin = ?", [model, LAKE]
        )
        if not rows:
            names = [str(row[0]) for row in lake.rows("select run from training_runs where origin = ?", [LAKE])]
            hint = "For a model that was not trained here, say what it is: --role base."
            raise UnknownNameError.of("run", model, names, hint=hint)
        path, settings = rows[0]
        return _Model(model, str(path), str(json.loads(settings or "{}").get("template", template)))
    base = base or model
    if role == "instruct" and base == model:
        raise UsageError("An instruct model stands beside a base model.", hint="Name that with --base.")
    run = hashlib.sha256(json.dumps([role, model, base]).encode()).hexdigest()[:16]
    row = {
        "run": run, "role": role, "subject": model, "base": base, "origin": LAKE, "status": "finished", "path": model,
        "settings": as_json({"template": template}), "finished": now(),
    }  # fmt: skip
    return _Model(run, model, template, row)


def _evaluated(lake: Lake, run: str) -> list[str]:
    rows = lake.rows("select distinct benchmark from evaluations where run = ? and status = 'ok' order by 1", [run])
    return [str(row[0]) for row in rows]


def _arguments(path: str, engine: str, batch_size: int) -> dict[str, Any]:
    """How the engine is made; vLLM on a CPU is told what it would otherwise take most of the memory for."""
    if engine != "vllm":
        return {"pretrained": path, "dtype": "auto"}
    if _has_gpu():
        return {"pretrained": path}
    return {
        "pretrained": path,
        "dtype": "float32",
        "enforce_eager": True,
        "kv_cache_memory_bytes": CPU_CACHE_BYTES,
        "max_num_seqs": batch_size,
    }


def _has_gpu() -> bool:
    import torch  # late: 2 s

    return bool(torch.cuda.is_available())


def _run(
    lake: Lake,
    found: _Model,
    tasks: Sequence[Task],
    folder: Path,
    *,
    job: dict[str, Any],
    launch: Launch,
    progress: Progress,
) -> dict[str, float | None]:
    """Start the program, and store each task when it is done."""
    values: dict[str, float | None] = {}
    by_name = {task.name: task for task in tasks}
    for task in tasks:  # done by a run that was killed before it was stored
        if all((folder / "results" / name).is_file() for name in task.files):
            values[task.name] = _store(lake, found, task, folder, job)
    progress.start(f"evaluate {found.run}", len(tasks), "tasks")
    progress.advance(len(values))

    def told(said: dict[str, Any]) -> None:
        if "task" in said:
            values[said["task"]] = _store(lake, found, by_name[said["task"]], folder, job)
            progress.advance(1)

    environment = {"TOKENIZERS_PARALLELISM": "false"}
    if job["engine"] == "vllm" and job["device"] == "cpu":  # one process, and no C++ compiler
        environment |= {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "TORCHDYNAMO_DISABLE": "1"}
    try:
        if len(values) < len(tasks):
            launch([sys.executable, "-m", "pipelines.evaluating.worker", str(folder)], environment, told)
    except ProgramFailed as failure:
        raise EvaluationError(
            f"lm-eval ended with {failure}", hint="Running it again repeats only the tasks that are missing."
        ) from None
    finally:
        progress.finish()
    return values


def _store(lake: Lake, found: _Model, task: Task, folder: Path, job: dict[str, Any]) -> float | None:
    """Put what a task gave into the lake, in one commit; the mean of the values that stand for it, in points."""
    results, values = Results(), []
    for repeat, name in enumerate(task.files):
        outcome = json.loads((folder / "results" / name).read_text(encoding="utf-8"))
        part, value = rows_of(found.run, task, outcome, job, repeat=repeat)
        results.evaluations += part.evaluations
        results.items += part.items
        values.append(value)

    def store(connection: Connection) -> None:
        if found.row is not None:
            delete(connection, TRAINING_RUNS.name, run=found.run)
            put(connection, TRAINING_RUNS, [found.row])
        add_evaluations(connection, results)

    lake.transact(store, message=f"evaluate run {found.run} on {task.name}")
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def rows_of(
    run: str, task: Task, outcome: dict[str, Any], job: dict[str, Any], *, repeat: int = 0
) -> tuple[Results, float | None]:
    """Evaluations and items of what a repeat of a task gave; the value that stands for it."""
    results, main = Results(), None
    settings = {
        "task": task.task,
        "version": outcome["version"],
        "decoding": outcome["config"],
        "shots": outcome["shots"],
        "limit": job.get("limit"),
        "seed": int(job["seed"]) + repeat,
    }
    common = {
        "run": run, "benchmark": task.name, "repeat": repeat, "domain": task.domain,
        "harness": f"lm-eval {version('lm_eval')}, {job['engine']}", "settings": as_json(settings), "created": now(),
    }  # fmt: skip
    for key, value in outcome["metrics"].items():
        name, _, filtered = key.partition(",")
        if not isinstance(value, (int, float)) or name.endswith("_stderr") or name in _NO_METRICS:
            continue
        counted = name == task.metric and task.filter in ("", filtered) and main is None
        points = float(value) * POINTS
        main = points if counted else main
        results.evaluations.append(
            {**common, "metric": key, "counted": counted, "value": points, "status": "ok", "n": outcome["n"]}
        )
    if main is None:
        why = {"status": "missing", "detail": f"lm-eval gave no {task.metric}"}
        results.evaluations.append({**common, "metric": task.metric, "counted": True, **why})
    results.items.extend(_items(run, task, outcome["items"], repeat))
    return results, main


def _items(run: str, task: Task, items: Sequence[dict[str, Any]], repeat: int) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in items:
        if task.filter not in ("", each["filter"]) or task.metric not in each["metrics"]:
            continue
        name = each["item"] if each["subtask"] == task.task else f"{each['subtask']}/{each['item']}"
        name = _unused(name, found)
        asked = each["question"]
        found[name] = {
            "run": run,
            "benchmark": task.name,
            "repeat": repeat,
            "item": name,
            "item_group": each["group"] or name,
            "instruction_id": None if asked is None else str(uuid.UUID(bytes=instruction_id(asked))),
            "outcome": float(each["metrics"][task.metric]),
            "answer": each["answer"],
        }
    return list(found.values())


def _unused(name: str, taken: dict[str, Any]) -> str:
    """The name, numbered where equal items came before."""
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free
