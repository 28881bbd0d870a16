"""Checking generated answers against a reference: by letters, as mathematics, as a program, or by a judge.

The kind of reference decides (`scorers.judging.references`); what is not allowed or not at hand is said, not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from scorers.engines.interface import Engine, EngineError
from scorers.judging import mathematics, programs
from scorers.judging.asking import Judgement, StoppedAsking, ask_prompts
from scorers.judging.question import question
from scorers.judging.references import same_text, verifier_of

VERSION = "1"

_SAID = 500
"""Characters of an answer that cannot be read which are told with the reason."""

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


class StoppedChecking(EngineError):  # noqa: N818 - the engine's error, with the verdicts that came before it
    """The judge gave up; found: verdicts by place, None where there is none."""

    def __init__(self, cause: EngineError, found: Sequence[Verdict | None]) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.found = tuple(found)


def check(tasks: Sequence[Task], checks: Checks) -> list[Verdict]:
    """A verdict for each task.

    Raises CannotIsolateError where programs are to be run and this machine does not allow them to be closed in, and
    StoppedChecking where the judge gives up, with what was decided before.
    """
    found: list[Verdict | None] = [None] * len(tasks)
    by_way: dict[str, list[int]] = {}
    for place, task in enumerate(tasks):
        if not task.reference.strip():
            found[place] = Verdict(None, (), "not_applicable", "the sample has no reference answer")
        else:
            by_way.setdefault(verifier_of(task.reference), []).append(place)
    # A judge, which may give up, comes last.
    for way, places in sorted(by_way.items(), key=lambda each: each[0] == "judge"):
        try:
            verdicts: Sequence[Verdict | None] = _of(way, [tasks[place] for place in places], checks)
        except StoppedChecking as stopped:
            for place, verdict in zip(places, stopped.found, strict=True):
                found[place] = verdict
            raise StoppedChecking(stopped, found) from stopped
        for place, verdict in zip(places, verdicts, strict=True):
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
    try:
        return [each for each in _by_task(tasks, ask_prompts(asked, judge, prompts)) if each is not None]
    except StoppedAsking as stopped:
        raise StoppedChecking(stopped, _by_task(tasks, stopped.found)) from stopped


def _by_task(tasks: list[Task], judgements: Sequence[Judgement | None]) -> list[Verdict | None]:
    """What a judge says of all answers of a task; None for a task of which not every answer was judged."""
    rest = iter(judgements)
    of_tasks = [[next(rest) for _ in task.answers] for task in tasks]
    return [None if None in of_task else _judgement(list(filter(None, of_task))) for of_task in of_tasks]


def _judgement(of_task: Sequence[Judgement]) -> Verdict:
    problem = next((each for each in of_task if each.status != "ok"), None)
    if problem is None:
        return Verdict("judge", tuple(bool(json.loads(each.answer or "{}")["same"]) for each in of_task))
    raw = f"; it said: {problem.raw[:_SAID]}" if problem.raw and problem.status == "unparsable" else ""
    return Verdict("judge", (), problem.status, f"{problem.detail}{raw}")
