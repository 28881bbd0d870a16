"""Results that lm-eval and OpenCompass leave in files: literal files in, rows out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.import_results import import_results

LM_EVAL = {
    "results": {
        "gsm8k_cot_zeroshot": {
            "alias": "gsm8k",
            "exact_match,strict-match": 0.5,
            "exact_match_stderr,strict-match": 0.014,
            "exact_match,flexible-extract": 0.625,
            "exact_match_stderr,flexible-extract": 0.0133,
        },
        "mmlu_pro": {"alias": "mmlu_pro", "exact_match,custom-extract": 0.25},
        "mmlu_pro_math": {"alias": " - math", "exact_match,custom-extract": 0.3},
        "own_task": {"alias": "own_task", "acc,none": 0.75, "acc_stderr,none": "N/A"},
    },
    "group_subtasks": {"mmlu_pro": ["mmlu_pro_math"]},
    "configs": {"gsm8k_cot_zeroshot": {"generation_kwargs": {"temperature": 0.0}}},
    "versions": {"gsm8k_cot_zeroshot": 3.0},
    "n-shot": {"gsm8k_cot_zeroshot": 0},
    "n-samples": {"gsm8k_cot_zeroshot": {"original": 1319, "effective": 1319}},
    "lm_eval_version": "0.4.13",
}
SUMMARY = """dataset,version,metric,mode,m,m-math
gsm8k,1d7fe4,accuracy,gen,56.41,77.10
openai_humaneval,8e312c,humaneval_pass@1,gen,27.44,-
own,000000,accuracy,gen,1.00,2.00
"""


def test_results_of_lm_eval(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(LM_EVAL))
    report = import_results(lake, file, name="cluster", subject="math-hard", base="m", recipe="r")
    assert (report.format, report.runs, report.evaluations, report.missing) == ("lm-eval results", 1, 4, 0)
    rows = lake.rows(
        "select benchmark, metric, counted, domain, value, round(stderr, 4), n, harness from evaluations order by all"
    )
    assert rows == [
        ("gsm8k", "exact_match,flexible-extract", True, "math", 62.5, 1.33, 1319, "lm-eval 0.4.13"),
        ("gsm8k", "exact_match,strict-match", False, "math", 50.0, 1.4, 1319, "lm-eval 0.4.13"),
        ("mmlu_pro", "exact_match,custom-extract", True, "general", 25.0, None, None, "lm-eval 0.4.13"),
        ("own_task", "acc,none", True, None, 75.0, None, None, "lm-eval 0.4.13"),
    ]
    import_results(lake, file, name="cluster", subject="m", base="m", role="base")
    import_results(lake, file, name="cluster", subject="math-hard", base="m", recipe="r")
    assert lake.rows("select role, subject, recipe from training_runs order by all") == [
        ("base", "m", None), ("trained", "math-hard", "r")
    ]  # fmt: skip
    assert lake.rows("select score, delta_base from leaderboard where measure = 'gsm8k' and role = 'trained'") == [
        (62.5, 0.0)
    ]


def test_a_summary_of_opencompass(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "summary.csv"
    file.write_text("\ufeff" + SUMMARY)
    report = import_results(lake, file, name="oc", base="m")
    assert (report.format, report.runs, report.evaluations, report.missing) == ("OpenCompass summary", 2, 6, 1)
    assert lake.rows("select role, subject, base, recipe from training_runs order by all") == [
        ("base", "m", "m", None), ("trained", "m-math", "m", "unknown")
    ]  # fmt: skip
    found = lake.rows(
        "select benchmark, domain, value, status, detail from evaluations where run like '%m-math' order by benchmark"
    )
    assert found == [
        ("gsm8k", "math", 77.1, "ok", None),
        ("humaneval", "code", None, "missing", "the summary has '-'"),
        ("own", None, 2.0, "ok", None),
    ]
    with pytest.raises(UsageError, match="of 2 models, and one is named"):
        import_results(lake, file, name="oc", base="m", subject="m-math")


@pytest.mark.parametrize("given", [{}, {"subject": "s"}, {"base": "m"}])
def test_a_file_of_a_harness_needs_to_be_told_what_it_is_of(lake: Lake, tmp_path: Path, given: dict[str, str]) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(LM_EVAL))
    with pytest.raises(UsageError, match="does not say which model it is of"):
        import_results(lake, file, name="cluster", **given)
