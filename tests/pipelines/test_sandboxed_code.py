"""Code benchmarks: programs a model wrote run closed in, and only where that was allowed."""

from __future__ import annotations

import pytest

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.evaluating.code import Sandboxed, close_in
from pipelines.evaluating.tasks import chosen

RIGHT, WRONG = "def add(a, b):\n    return a + b", "def add(a, b):\n    return a * b"
TESTS = "assert add(2, 3) == 5"


def test_code_is_run_only_where_that_is_allowed(lake: Lake) -> None:
    with pytest.raises(UsageError, match="humaneval runs programs that a model wrote") as refused:
        chosen(lake, ["humaneval"])
    assert "--allow-code" in str(refused.value.hint)
    task = chosen(lake, ["humaneval"], allow_code=True)[0]
    assert (task.task, task.metric, task.runs_code) == ("humaneval_instruct", "pass@1", True)


@pytest.mark.slow
def test_programs_pass_by_their_tests_and_reach_nothing() -> None:
    reaching = "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)\n" + RIGHT
    found, ended = Sandboxed().compute([TESTS, TESTS], [[RIGHT, WRONG, WRONG], [reaching, RIGHT, RIGHT]], k=[1, 2])
    assert [[run["passed"] for run in runs] for runs in ended.values()] == [[True, False, False], [False, True, True]]
    assert found == {"pass@1": pytest.approx((1 / 3 + 2 / 3) / 2), "pass@2": pytest.approx((2 / 3 + 1) / 2)}


@pytest.mark.slow
def test_what_lm_eval_loads_is_closed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate = pytest.importorskip("evaluate")
    monkeypatch.setattr(evaluate, "load", evaluate.load)  # put back afterwards
    close_in()
    from lm_eval.tasks.humaneval import utils

    assert isinstance(utils.compute_, Sandboxed)
    assert utils.pass_at_k([TESTS], [[RIGHT, WRONG]], k=1) == {"pass@1": 0.5}
