"""The benchmarks that are known: domain, metric, shots, verifier, and how each can be run here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from lake.errors import UnknownNameError

FILE = Path(__file__).with_name("benchmarks.yaml")

DOMAINS = ("general", "math", "code", "reasoning")
"""Domains in the order of OpenDataArena's board."""


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as OpenDataArena has it, and the task of lm-eval that is nearest.

    - task, task_metric, task_filter: of lm-eval; empty where it has none.
    - differs: what the task does otherwise; needs: what is not here, so that results are missing.
    - runs_code: whether answers are programs that are run.
    """

    name: str
    title: str
    domain: str
    metric: str
    shots: int
    verifier: str
    opencompass: str
    repeats: int = 1
    task: str = ""
    task_metric: str = ""
    task_filter: str = ""
    differs: str = ""
    needs: str = ""
    shots_elsewhere: str = ""
    runs_code: bool = False
    aliases: tuple[str, ...] = ()


@cache
def benchmarks() -> dict[str, Benchmark]:
    """Every benchmark by name, in the order of the board."""
    known = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: Benchmark(name, **{**entry, "aliases": tuple(entry["aliases"])}) for name, entry in known.items()}


def benchmark(name: str) -> Benchmark:
    """The benchmark of that name; raises UnknownNameError with close matches."""
    known = benchmarks()
    if name not in known:
        raise UnknownNameError.of("benchmark", name, known)
    return known[name]


@cache
def _by_any_name() -> dict[str, Benchmark]:
    found = {}
    for known in benchmarks().values():
        for alias in (known.name, known.title, known.task, *known.aliases):
            found[alias.lower()] = known
    return found


def named(published: str) -> Benchmark | None:
    """The benchmark that a result file means by a name, whatever its case; None for one that is not known."""
    return _by_any_name().get(published.lower())
