"""Programs that a model wrote, run in the sandbox: what lm-eval's tasks of code ask of the metric `code_eval`."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

from scorers.sandbox.run import Limits, run_python

METRIC = "code_eval"
LIMITS = Limits(seconds=10, wall=30.0)


class Sandboxed:
    """The metric `code_eval` of the package evaluate, closed in: no network, no files, little time and memory."""

    def compute(
        self,
        references: Sequence[str],
        predictions: Sequence[Sequence[str]],
        k: Sequence[int] = (1,),
        **_: Any,
    ) -> tuple[dict[str, float], dict[int, list[dict[str, Any]]]]:
        """Share of problems solved by one of k programs (unbiased, Chen et al. 2021), and how each program ended.

        - references: tests that follow a program, one text a problem; predictions: programs by problem.
        """
        ended: dict[int, list[dict[str, Any]]] = {}
        for problem, (tests, programs) in enumerate(zip(references, predictions, strict=True)):
            runs = [run_python(f"{program}\n{tests}", limits=LIMITS) for program in programs]
            ended[problem] = [{"passed": ran.succeeded, "outcome": ran.outcome, "code": ran.code} for ran in runs]
        passed = {
            f"pass@{each}": sum(_solved(runs, each) for runs in ended.values()) / max(1, len(ended))
            for each in k
            if all(len(runs) >= each for runs in ended.values())
        }
        return passed, ended


def _solved(runs: Sequence[dict[str, Any]], k: int) -> float:
    """The chance that one of k programs, drawn from those that ran, is right."""
    wrong = sum(not run["passed"] for run in runs)
    return 1 - comb(wrong, k) / comb(len(runs), k)


def close_in() -> None:
    """Give everybody who loads `code_eval` in this process the sandboxed one, instead of that which runs programs here.

    Raises CannotIsolateError where the machine does not allow a sandbox.
    """
    import evaluate  # late: 2 s, and only lm-eval brings it

    run_python("print(1)", limits=LIMITS)
    known = evaluate.load
    evaluate.load = lambda path, *more, **options: Sandboxed() if path == METRIC else known(path, *more, **options)
