"""Checking generated answers against a reference: by letters, as mathematics, as a program, or by a judge.

The kind of reference decides (`scorers.judging.references`); what is not allowed or not at hand is said, not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from scorers.engines.interface import Engine
from scorers.judging import mathematics, programs
from scorers.judging.asking import ask_prompts
from scorers.judging.question import question
from scorers.judging.references import same_text, verifier_of

VERSION = "1"

_NO_CODE = "its reference is a program: allow it to be run with --option fail_rate.run_code=true"
_NO_JUDGE = "its reference is free text: name a judge with --option fail_rate.judge=MODEL"


@dataclass(frozen=True)
class Task:
    """What is checked: a sample, and the answers of a model to it."""

    instruction: str
    reference: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What came of it: which answers agree, or why that was not decided."""

    verifier: str | None
    agreed: tuple[bool, ...] = ()
    status: str = "ok"
    detail: str | None = None


@dataclass(frozen=True)
class Checks:
    """How references are checked; judge: an engine for free texts, if any.

    - run_code: whether generated programs may be run, closed in.
    """

    run_code: bool = False
    judge: Engine | None = field(default=None, compare=False)


def check(tasks: Sequence[Task], checks: Checks) -> list[Verdict]:
    """A verdict for each task.

    Raises CannotIsolateError where programs are to be run and this machine does not allow them to be closed in.
    """
    found: list[Verdict | None] = [None] * len(tasks)
    by_way: dict[str, list[int]] = {}
    for place, task in enumerate(tasks):
        if not task.reference.strip():
            found[place] = Verdict(None, (), "not_applicable", "the sample has no reference answer")
        else:
            by_way.setdefault(verifier_of(task.reference), []).append(place)
    for way, places in by_way.items():
        for place, verdict in zip(places, _of(way, [tasks[place] for place in places], checks), strict=True):
            found[place] = verdict
    return [verdict for verdict in found if verdict is not None]


def _of(way: str, tasks: list[Task], checks: Checks) -> list[Verdict]:
    match way:
        case "mathematics":
            return _mathematics(tasks)
        case "program" if not checks.run_code:
            return [Verdict(way, (), "not_applicable", _NO_CODE)] * len(tasks)
        case "program":
            return [Verdict(way, tuple(programs.passes(t.reference, a) for a in t.answers)) for t in tasks]
        case "judge" if checks.judge is None:
            return [Verdict(way, (), "not_applicable", _NO_JUDGE)] * len(tasks)
        case "judge":
            assert checks.judge is not None
            return _judged(tasks, checks.judge)
        case _:
            return [Verdict(way, tuple(same_text(t.reference, a) for a in t.answers)) for t in tasks]


def _mathematics(tasks: list[Task]) -> list[Verdict]:
    pairs = [(task.reference.strip(), answer) for task in tasks for answer in task.answers]
    decided = iter(mathematics.compare(pairs))
    found = []
    for task in tasks:
        each = [next(decided) for _ in task.answers]
        known = tuple(bool(agrees) for agrees in each if agrees is not None)
        undecided = Verdict("mathematics", (), "failed", "an answer could not be compared with the reference")
        found.append(Verdict("mathematics", known) if len(known) == len(each) else undecided)
    return found


def _judged(tasks: list[Task], judge: Engine) -> list[Verdict]:
    asked = question("verdict")
    prompts = [
        asked.prompt({"instruction": task.instruction, "reference": task.reference, "attempt": answer})
        for task in tasks
        for answer in task.answers
    ]
    judgements = iter(ask_prompts(asked, judge, prompts))
    found = []
    for task in tasks:
        of_task = [next(judgements) for _ in task.answers]
        problem = next((each for each in of_task if each.status != "ok"), None)
        if problem is None:
            found.append(Verdict("judge", tuple(bool(json.loads(each.answer or "{}")["same"]) for each in of_task)))
        else:
            raw = f"; it said: {problem.raw}" if problem.raw and problem.status == "unparsable" else ""
            found.append(Verdict("judge", (), problem.status, f"{problem.detail}{raw}"))
    return found
