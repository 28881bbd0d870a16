"""UniEval's questions give what the reference gave by the same tiny T5."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from golden_models import engine, measure, recorded, sample

from scorers.signals.asking import answers
from scorers.signals.questions import QUESTIONS, YesNoQuestion, answered_yes

pytestmark = pytest.mark.slow

CASES = [(task, question) for task, questions in QUESTIONS.items() for question in questions]


@pytest.mark.parametrize(("task", "question"), CASES, ids=lambda each: getattr(each, "name", each))
def test_questions_equal_the_reference(task: str, question: YesNoQuestion, goldens: Path) -> None:
    rows = [json.loads(line) for line in (goldens / "unieval_public.jsonl").open()]
    title = task.capitalize()
    wanted = recorded(goldens, f"UniEval{title}")
    model = engine(goldens / "tiny_models", "t5")
    found = answers(answered_yes(task, question, parity=True), model, [sample(row) for row in rows], 512)
    for row, (values, failed) in zip(rows, found, strict=True):
        assert failed is None
        chances = np.exp(np.array(values["log_probabilities"]).reshape(-1, 2))
        said = chances[:, 0] / chances.sum(1)
        value = said.sum() if question.name == "engagingness" else said.mean()
        expected = wanted[row["id"]][f"UniEval_{title}_{question.name.capitalize()}"]
        assert value == pytest.approx(expected, rel=1e-5), row["id"]


WHOLE = {"sum": "unieval_sum_relevance", "dialog": "unieval_dialog_groundedness", "d2t": "unieval_d2t_informativeness"}
"""The scorer that has a task's overall value: it reads what the last question needs."""


@pytest.mark.parametrize("task", WHOLE)
def test_overall_values_equal_the_reference(task: str, goldens: Path) -> None:
    rows = [json.loads(line) for line in (goldens / "unieval_public.jsonl").open()]
    model = {"model": engine(goldens / "tiny_models", "t5")}
    columns = measure(WHOLE[task], [sample(row) for row in rows], model, parity=True, most=512)
    wanted = recorded(goldens, f"UniEval{task.capitalize()}")
    for place, row in enumerate(rows):
        value, _, reason = columns[f"unieval_{task}_overall"].outcome(place)
        assert value == pytest.approx(wanted[row["id"]][f"UniEval_{task.capitalize()}_Overall"], rel=1e-5), reason
