"""OpenDataArena's published files: the leaderboard (`{family: [row, …]}`) and the scores shown with it.

Facts of these files that a reader must know, all seen in the file of July 2025:
- A row's `math_scores` and its like hold one list per repeat, one after the other: three runs of four benchmarks are
  twelve numbers. The averages are means over all of them. Rows with a single run hold four.
- HumanEval is counted under math and ARC-c under code; `source_domain` keeps that, `domain` has them where they belong.
- Where a number is missing, the list is shorter; the means of the benchmarks, which are there too, say which.
- A dataset that was not scored has zeros, or does not occur among the scores at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lake.errors import UsageError
from pipelines.evaluating.benchmarks import DOMAINS, named
from pipelines.evaluating.results import Results, as_json, now

RECIPE = "opendataarena"
_ROUNDING = 0.0051


def is_leaderboard(document: Any) -> bool:
    """Whether a JSON document is a leaderboard."""
    return isinstance(document, dict) and all(
        isinstance(rows, list) and rows and isinstance(rows[0], dict) and "task_details" in rows[0]
        for rows in document.values()
    )


def is_scores(document: Any) -> bool:
    """Whether a JSON document is the file of scores."""
    return isinstance(document, dict) and all(
        isinstance(entry, dict) and ("Q_scores" in entry or "QA_scores" in entry) for entry in document.values()
    )


def leaderboard(document: Mapping[str, Sequence[Mapping[str, Any]]], origin: str) -> Results:
    """Runs and evaluations of a leaderboard; raises UsageError for a family without a base model."""
    results = Results()
    for family, rows in document.items():
        base = next((str(row["name"]) for row in rows if row.get("domain") == "base"), None)
        if base is None:
            raise UsageError(f"The family {family!r} of the leaderboard has no row of the base model.")
        for row in rows:
            _add(results, origin, base, row)
    return results


def _add(results: Results, origin: str, base: str, row: Mapping[str, Any]) -> None:
    role = str(row["domain"]) if row["domain"] in ("base", "instruct") else "trained"
    subject = str(row["name"])
    lists = {domain: _cut(row, domain, results.remarks, f"{subject} on {base}") for domain in DOMAINS}
    for number in range(max(len(runs) for runs in lists.values())):
        run = f"{origin}/{base}/{subject}/{number + 1}"
        results.runs.append(
            {
                "run": run,
                "role": role,
                "subject": subject,
                "base": base,
                "recipe": RECIPE if role == "trained" else None,
                "origin": origin,
                "status": "imported",
                "rows": int(row["size_precise"]) if row.get("size_precise") else None,
                "settings": as_json(_besides(row)),
                "finished": now(),
            }
        )
        for domain, runs in lists.items():
            if number < len(runs):
                results.evaluations.extend(_evaluations(run, domain, row["task_details"], runs[number]))


def _besides(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("affiliation", "year", "size", "link", "paper_link", "tag")
    return {name: row[name] for name in kept if row.get(name)}


def _tasks(details: Mapping[str, Any], domain: str) -> list[tuple[str, str, float]]:
    """Name, metric and published mean of the benchmarks of a domain, in the order of the lists."""
    return [
        (str(task["task_name"]), str(task["metrics"][0]["metric"]), float(task["metrics"][0]["score"]))
        for task in details[f"{domain}_tasks"]
    ]


def _evaluations(
    run: str, domain: str, details: Mapping[str, Any], values: Sequence[float | None]
) -> Iterator[dict[str, Any]]:
    for (title, metric, _), value in zip(_tasks(details, domain), values, strict=True):
        known = named(title)
        yield {
            "run": run,
            "benchmark": known.name if known else title,
            "metric": metric,
            "repeat": 0,
            "counted": True,
            "domain": known.domain if known else domain,
            "source_domain": domain,
            "value": value,
            "status": "missing" if value is None else "ok",
            "detail": "the source has no number" if value is None else None,
            "harness": "OpenCompass 0.4.2",
            "settings": as_json({"task": title, **({"opencompass": known.opencompass} if known else {})}),
            "created": now(),
        }


def _cut(row: Mapping[str, Any], domain: str, remarks: list[str], who: str) -> list[list[float | None]]:
    """The runs of a row in a domain: one list per run, with None where a number is missing."""
    values = row.get(f"{domain}_scores") or row.get(f"{domain}_task_scores") or []
    tasks = _tasks(row["task_details"], domain)
    size = len(tasks)
    if len(values) % size == 0:
        return [list(values[begin : begin + size]) for begin in range(0, len(values), size)]
    if len(values) % size == size - 1:
        fits = [filled for place in range(len(values) + 1) if _fits(filled := _with_gap(values, place), tasks)]
        if len(fits) == 1:
            gap = fits[0].index(None)
            remarks.append(f"{who}: {tasks[gap % size][0]} is missing in run {gap // size + 1}.")
            return [fits[0][begin : begin + size] for begin in range(0, len(fits[0]), size)]
    remarks.append(
        f"{who}: which runs the {len(values)} numbers of {domain} belong to is not known; their means stand."
    )
    return [[mean for _, _, mean in tasks]]


def _with_gap(values: Sequence[float], place: int) -> list[float | None]:
    return [*values[:place], None, *values[place:]]


def _fits(filled: Sequence[float | None], tasks: Sequence[tuple[str, str, float]]) -> bool:
    """Whether the means over runs are those published."""
    for place, (_, _, mean) in enumerate(tasks):
        found = [value for value in filled[place :: len(tasks)] if value is not None]
        if abs(sum(found) / len(found) - mean) > _ROUNDING:
            return False
    return True


def scores(document: Mapping[str, Mapping[str, Any]], origin: str, subjects: Sequence[str]) -> Results:
    """Means of axes by dataset; NULL for every subject of the board that carries none.

    - subjects: datasets of the leaderboard; scores are theirs where the names agree but for case.
    """
    results = Results()
    named_alike = {subject.lower(): subject for subject in subjects}
    axes = sorted({axis for entry in document.values() for axis, _ in _means(entry)})
    found = {
        named_alike[name.lower()]: dict(_means(entry))
        for name, entry in document.items()
        if name.lower() in named_alike
    }
    for subject in sorted(subjects):
        means = found.get(subject, {})
        for axis in axes:
            value = means.get(axis)
            results.published.append(
                {
                    "origin": origin,
                    "subject": subject,
                    "axis": axis,
                    "value": value,
                    "status": "missing" if value is None else "ok",
                    "detail": None if value is not None else "zeros in the source" if means else "not scored",
                }
            )
    without = len(subjects) - len(found)
    results.remarks.append(
        f"{len(found)} of {len(subjects)} datasets carry scores; those of {without} are missing, not zero."
    )
    strangers = sorted(name for name in document if name.lower() not in named_alike)
    if strangers:
        results.remarks.append(
            f"{len(strangers)} names of the file of scores are no dataset of the board: {', '.join(strangers[:5])}, …"
        )
    return results


def _means(entry: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Axis and mean; None where nothing was measured: a distribution, or lengths, of zeros only."""
    for part, families in entry.items():
        for axes in families.values():
            for axis, summary in axes.items():
                name = f"{part.removesuffix('_scores')} {axis}"
                if "distribution" in summary:
                    yield name, float(summary["mean"]) if any(summary["distribution"]) else None
                else:
                    yield name, float(summary["avg"]) if summary["max"] else None
