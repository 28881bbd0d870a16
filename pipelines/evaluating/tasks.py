"""What is evaluated: benchmarks of the catalogue by their task of lm-eval, benchmark datasets of the lake as tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.evaluating.benchmarks import benchmarks

PROMPTS = {"plain": "{{instruction}}", "default": "Human: {{instruction}}\nAssistant:"}
"""What a model is asked, by the template it was trained with."""


@dataclass(frozen=True)
class Task:
    """One thing to evaluate.

    - name: the benchmark; task: what lm-eval calls it; metric and filter: what stands for it in means.
    - own: whether its task file is made here from a dataset of the lake.
    - repeats: how often it is evaluated, each time by another seed; runs_code: whether answers are run as programs.
    """

    name: str
    task: str
    domain: str
    metric: str
    filter: str = ""
    shots: int | None = None
    own: bool = False
    repeats: int = 1
    runs_code: bool = False

    @property
    def files(self) -> list[str]:
        """Names of the files with its results, one a repeat."""
        return [f"{self.name}.json", *(f"{self.name}.repeat{number}.json" for number in range(1, self.repeats))]


def sampled(decoding: str | None) -> bool:
    """Whether settings of generation draw answers, so that another seed gives others."""
    given = dict(part.split("=", 1) for part in (decoding or "").split(",") if "=" in part)
    given = {name.strip(): value.strip().lower() for name, value in given.items()}
    try:
        return given.get("do_sample") == "true" or float(given.get("temperature", 0)) > 0
    except ValueError:
        return False


def chosen(
    lake: Lake,
    names: Sequence[str],
    *,
    decoding: str | None = None,
    repeats: int | None = None,
    allow_code: bool = False,
) -> list[Task]:
    """The tasks of these names: benchmark datasets of the lake, or benchmarks of the catalogue.

    - repeats: how often each is evaluated; by default as often as the benchmark says, where answers are drawn.
    - allow_code: take benchmarks whose answers are run as programs.

    Raises UnknownNameError for a name that is neither, UsageError for a benchmark that cannot be run here, and for
    repeats where every one would give the same answers.
    """
    if (repeats or 1) > 1 and not sampled(decoding):
        raise UsageError(
            "Repeats give the same answers where none are drawn.",
            hint="Draw them: --decoding do_sample=true,temperature=0.6",
        )
    of_lake = {
        str(name): domains
        for name, domains in lake.rows("select dataset, domains from datasets where kind = 'benchmark'")
    }
    tasks = [_task(name, of_lake, allow_code) for name in dict.fromkeys(names)]
    if not sampled(decoding):
        return tasks
    known = benchmarks()
    return [replace(task, repeats=repeats or (1 if task.own else known[task.name].repeats)) for task in tasks]


def _task(name: str, of_lake: dict[str, Any], allow_code: bool) -> Task:
    if name in of_lake:
        domain = of_lake[name][0] if of_lake[name] else "general"
        return Task(name, name, domain, "exact_match", own=True)
    known = benchmarks()
    if name not in known:
        raise UnknownNameError.of("benchmark", name, {*of_lake, *known})
    found = known[name]
    if not found.task:
        raise UsageError(
            f"{name} cannot be run here: it needs {found.needs}.",
            hint="Ingest its questions with --kind benchmark, and evaluate that dataset.",
        )
    if found.runs_code and not allow_code:
        raise UsageError(
            f"{name} runs programs that a model wrote, which is off unless a person allows it.",
            hint="Run them in a sandbox with --allow-code, or read results: oda evaluate import",
        )
    return Task(
        name, found.task, found.domain, found.task_metric, found.task_filter, found.shots, runs_code=found.runs_code
    )


def write_own(lake: Lake, tasks: Sequence[Task], folder: Path, template: str, longest: int) -> None:
    """Write a task file and its questions for every task that is a dataset of the lake.

    An answer is right when it equals the reference answer, or else the response, up to case and space around it.
    Raises UsageError for a dataset without answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        if not task.own:
            continue
        rows = lake.rows(
            "select content_id::varchar, instruction, coalesce(reference_answer, response) from samples "
            "where dataset = ? order by sample_id",
            [task.name],
        )
        if not rows or any(answer is None for *_, answer in rows):
            raise UsageError(f"The benchmark {task.name} has questions without an answer to compare with.")
        data = folder / f"{task.name}.jsonl"
        lines = [json.dumps({"instruction": text, "answer": answer.strip()}) for _, text, answer in rows]
        data.write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = {
            "task": task.name,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(data)}},
            "test_split": "test",
            "output_type": "generate_until",
            "doc_to_text": PROMPTS[template],
            "doc_to_target": "{{answer}}",
            "target_delimiter": " " if template == "plain" else "",
            "generation_kwargs": {"until": ["\n"], "max_gen_toks": longest, "do_sample": False},
            "metric_list": [
                {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True, "ignore_case": True}
            ],
            "filter_list": [
                {"name": "stripped", "filter": [{"function": "remove_whitespace"}, {"function": "take_first"}]}
            ],
            "metadata": {"version": 1},
        }
        (folder / f"{task.name}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
