"""Results that harnesses leave in files: lm-eval's results (JSON) and OpenCompass's summary (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lake.errors import UsageError
from pipelines.evaluating.benchmarks import Benchmark, named
from pipelines.evaluating.results import Results, as_json, now

_SUMMARY = ["dataset", "version", "metric", "mode"]
_UNIT = 100.0
_BENEATH_ONE = ("perplexity", "bits_per_byte", "bleu", "ter", "chrf")
"""Metrics of lm-eval that are no shares, and stay as they are."""


@dataclass(frozen=True)
class Model:
    """What a file of results is of: the files do not say."""

    role: str
    subject: str
    base: str
    recipe: str | None = None


def is_lm_eval(document: Any) -> bool:
    """Whether a JSON document is a file of results of lm-eval."""
    return isinstance(document, dict) and isinstance(document.get("results"), dict) and "configs" in document


def is_summary(text: str) -> bool:
    """Whether a text is a summary of OpenCompass."""
    return (
        text.lstrip("\ufeff").splitlines()[:1] != [] and text.lstrip("\ufeff").split("\n")[0].split(",")[:4] == _SUMMARY
    )


def lm_eval(document: Mapping[str, Any], origin: str, model: Model) -> Results:
    """The results of a file of lm-eval; the metric that a benchmark of the catalogue names stands for it."""
    results = _of(model, origin)
    groups = document.get("group_subtasks", {})
    within = {task for tasks in groups.values() for task in tasks}
    for task, metrics in document["results"].items():
        known = named(task)
        if task in within and known is None:
            continue  # a part of a group, which stands for it
        results.evaluations += _values(results.runs[0]["run"], task, known, metrics, document)
    return results


def _values(
    run: str, task: str, known: Benchmark | None, metrics: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    values = {
        key: float(value)
        for key, value in metrics.items()
        if isinstance(value, (int, float)) and "_stderr" not in key and key not in ("alias", "sample_len")
    }
    main = next((key for key in values if known and _stands(key, known)), next(iter(values), None))
    samples = document.get("n-samples", {}).get(task, {})
    for key, value in values.items():
        name, _, filtered = key.partition(",")
        unit = 1.0 if name in _BENEATH_ONE else _UNIT
        error = metrics.get(f"{name}_stderr,{filtered}")
        yield {
            "run": run,
            "benchmark": known.name if known else task,
            "metric": key,
            "repeat": 0,
            "counted": key == main,
            "domain": known.domain if known else None,
            "value": value * unit,
            "status": "ok",
            "n": samples.get("effective"),
            "stderr": float(error) * unit if isinstance(error, (int, float)) else None,
            "harness": f"lm-eval {document.get('lm_eval_version', '')}".strip(),
            "settings": as_json(
                {
                    "task": task,
                    "version": document.get("versions", {}).get(task),
                    "shots": document.get("n-shot", {}).get(task),
                    "decoding": document["configs"].get(task, {}).get("generation_kwargs"),
                }
            ),
            "created": now(),
        }


def _stands(key: str, known: Benchmark) -> bool:
    name, _, filtered = key.partition(",")
    return name == known.task_metric and known.task_filter in ("", filtered)


def summary(text: str, origin: str, model: Model | None, base: str) -> Results:
    """The results of a summary of OpenCompass: a column a model; `-` is missing.

    - model: what the one column is of; without it every column is a model trained from the base model.

    Raises UsageError for a summary of several models where one is named.
    """
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    columns = [name for name in (rows[0] if rows else {}) if name not in _SUMMARY]
    if model is not None and len(columns) != 1:
        raise UsageError(f"The summary is of {len(columns)} models, and one is named.", hint="Leave --subject out.")
    results = Results()
    for column in columns:
        of = model or Model(
            "base" if column == base else "trained", column, base, None if column == base else "unknown"
        )
        part = _of(of, origin)
        part.evaluations.extend(_summarised(part.runs[0]["run"], row, row[column]) for row in rows)
        results.runs += part.runs
        results.evaluations += part.evaluations
    return results


def _summarised(run: str, row: Mapping[str, str], cell: str) -> dict[str, Any]:
    known = named(row["dataset"])
    try:
        value: float | None = float(cell)
    except ValueError:
        value = None
    return {
        "run": run,
        "benchmark": known.name if known else row["dataset"],
        "metric": row["metric"],
        "repeat": 0,
        "counted": True,
        "domain": known.domain if known else None,
        "value": value,
        "status": "missing" if value is None else "ok",
        "detail": f"the summary has {cell!r}" if value is None else None,
        "harness": "OpenCompass",
        "settings": as_json({"dataset": row["dataset"], "version": row["version"], "mode": row["mode"]}),
        "created": now(),
    }


def _of(model: Model, origin: str) -> Results:
    """Results that hold one run."""
    run = f"{origin}/{model.base}/{model.subject}"
    return Results(
        runs=[
            {
                "run": run,
                "role": model.role,
                "subject": model.subject,
                "base": model.base,
                "recipe": model.recipe if model.role == "trained" else None,
                "origin": origin,
                "status": "imported",
                "finished": now(),
            }
        ]
    )
