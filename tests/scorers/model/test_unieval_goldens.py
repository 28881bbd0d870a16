"""UniEval's questions give what the reference gave by the same tiny T5."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from golden_models import engine, recorded, sample

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
