"""Axes of models on the command line: what is listed, planned, asked, and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_process import Oda
from lakes import lay
from scoring_lake import fill
from tiny_models import TinyModels
from tiny_zoo import zoo

from lake.catalog import Lake
from lake.settings import Settings

pytestmark = pytest.mark.slow

SUMS = [(f"What is {n} plus {n}?", f"It is {2 * n}.") for n in range(12)]


def test_axes_of_a_model_from_plan_to_score(
    oda: Oda, tmp_path: Path, tiny: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODA_MODELS", str(zoo(tmp_path / "models", tiny)))
    home = lay(tmp_path / "home")
    with Lake.open(Settings.load(home=home, threads=1)) as lake:
        fill(lake, "sums", [*SUMS, SUMS[0]])  # type: ignore[list-item]
    monkeypatch.setenv("ODA_THREADS", "1")

    def told(*arguments: str) -> Any:
        done = oda(*arguments, "--home", home, "--json", "--quiet")
        assert done.status == 0, done.err
        return done.document

    listed: dict[str, dict[str, Any]] = {row["axis"]: row for row in told("axes", "list")}
    assert len(listed) >= 101
    assert (listed["ppl"]["model"], listed["ppl"]["engine"], listed["ppl"]["available"]) == (
        "qwen3-8b",
        "transformers",
        True,
    )
    assert listed["ppl"]["reference"].startswith("PPLScorer: 388.881")

    of = ("score", "sums", "--axes", "ppl,upd", "--model", "qwen3-1.7b")
    plan = told(*of, "--plan")
    (asked,) = plan["inputs"]
    assert (asked["kind"], asked["held"], asked["reused"], asked["to_run"]) == ("text@qwen3-1.7b", 0, 1, 12)
    assert asked["forecast"]["read"] > 100
    done = told(*of)
    assert [(part["relation"], part["computed"]) for part in done["inputs"]] == [("token_signals", 12)]
    assert {axis["axis"]: axis["statuses"] for axis in done["axes"]} == {"ppl": {"ok": 13}, "upd": {"ok": 13}}
    assert [part["computed"] for part in told(*of)["inputs"]] == [0]

    wrong = oda("score", "--axes", "mtld", "--model", "qwen3-1.7b", "--home", home)
    assert wrong.status == 2
    assert "No axis of --axes asks a model" in wrong.err
    assert "Name axes with --axes" in oda("score", "--model", "qwen3-1.7b", "--home", home).err
