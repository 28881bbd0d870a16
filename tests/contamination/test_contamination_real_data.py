"""Contamination of the released sets, and of pairs that others judged, against what is known of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_sets import RealSets

from benchmarks.contamination_quality import fill, measured
from lake.catalog import Lake
from pipelines.contaminating.parameters import Scanning
from pipelines.contamination import contamination
from pipelines.ingest import ingest

pytestmark = pytest.mark.slow

CODE = {
    ("humaneval_multi_rephrased", "humaneval"): (28, 41),
    ("humaneval_multi_rephrased", "humaneval_multipl_e"): (64, 53),
}
"""Items and rows of code, which the truth cuts into words otherwise."""


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "true_lineage.json").read_text())
    return found


@pytest.fixture(scope="module")
def real(real_sets: RealSets, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with real_sets.lake(tmp_path_factory.mktemp("leaks") / "home") as lake:
        yield lake


def test_every_measured_contamination_is_flagged_with_the_right_count(real: Lake, truth: dict[str, Any]) -> None:
    report = contamination(real)
    hit = {(leak.dataset, leak.benchmark): leak for leak in report.leaks}
    listed = [one for one in truth["relations"] if one["relation"] == "benchmark_contamination"]
    for one in listed:
        pair, known = (one["child"], one["parent"]), one["measured"]
        equal = known.get("instruction_equal", {}).get("parent_rows_in_child", 0)
        half = known.get("ngram13_benchmark_items", {}).get("half_or_more", 0)
        if not max(equal, half):
            assert pair not in hit, pair  # rephrased, or a stock phrase
            continue
        assert hit[pair].items_hit >= max(equal, half), pair
        if pair[0] != "cot_strategyqa":  # the truth takes wrappers off, which are part of a prompt
            assert hit[pair].verbatim == equal, pair
    assert {pair: leak.items_hit for pair, leak in hit.items() if leak.item_rate >= 0.01} == {
        ("r1zero_gsm8k_8k", "gsm8k_test"): 1319,
        ("r1zero_gsm8k_8k", "gsm8k_socratic_test"): 1319,
        ("r1zero_gsm8k_8k", "gsm_hard"): 1317,
        ("r1zero_gsm8k_8k", "gsm_plus_testmini"): 1520,
        ("r1zero_gsm8k_8k", "mgsm"): 250,
        ("cot_strategyqa_tsv", "strategyqa_bigbench"): 2061,
        ("cot_strategyqa", "strategyqa_bigbench"): 1598,
        ("deepmath_5k", "math500"): 7,
        ("deepmath_5k", "agieval"): 44,
        ("deepmath_5k", "roll_math_benchmarks"): 7,
    }


def test_runs_of_thirteen_words_touch_what_an_independent_count_says(real: Lake, truth: dict[str, Any]) -> None:
    contamination(real, scanning=Scanning(ngram=13))
    counts = {
        (dataset, benchmark): (items, rows)
        for dataset, benchmark, items, rows in real.rows(
            "select dataset, benchmark, count(distinct item_id), count(distinct sample_id) from contamination "
            "where method = 'runs' group by all"
        )
    }
    known = {
        (one["dataset"], one["benchmark"]): (one["any_13gram"], one["rows_touched"])
        for one in truth["contamination_13gram"]
    }
    assert counts == {**known, **CODE}


def test_pairs_that_others_found_to_share_eight_words_are_found(shared_data: Path, lake: Lake, tmp_path: Path) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[^\W_]+", text.lower())
        return {tuple(words[place : place + 8]) for place in range(len(words) - 7)}

    ingest(lake, shared_data / "benchmarks" / "math500", kind="benchmark")
    pairs = [
        json.loads(line)
        for name in ("math500_vs_openthoughts_c_lex", "math500_vs_s1_c_lex")
        for line in (shared_data / "gold" / f"{name}.jsonl").read_text().splitlines()
    ]
    source = tmp_path / "pairs.jsonl"
    source.write_text(
        "".join(json.dumps({"instruction": pair["train_problem"], "output": "x"}) + "\n" for pair in pairs)
    )
    ingest(lake, source, name="pairs")
    contamination(lake)
    found = {
        (row, " ".join(text.split()))
        for row, text in lake.rows(
            "select sample.row_no, item.instruction from contamination as found "
            "join samples as sample on sample.sample_id = found.sample_id "
            "join samples as item on item.sample_id = found.item_id"
        )
    }
    sharing = [n for n, pair in enumerate(pairs) if runs(pair["train_problem"]) & runs(pair["math500_problem"])]
    assert len(sharing) == 86
    assert [n for n in sharing if (n, " ".join(pairs[n]["math500_problem"].split())) not in found] == []


def test_planted_items_are_found_and_nothing_else(shared_data: Path, lake: Lake, tmp_path: Path) -> None:
    rows = fill(lake, tmp_path, shared_data.parent, 120)
    contamination(lake)
    items = list(dict.fromkeys(row.prompt for row in rows if row.kind == "verbatim"))
    recall, pairs, wrong = measured(lake, rows, items)
    assert len(items) == 120
    assert (pairs > 700, wrong) == (True, 0)
    edited = ("verbatim", "case and white space", "LaTeX", "numbers")
    planted = {kind: sum(row.kind == kind for row in rows) for kind in edited}
    assert sum(recall[kind]["any"] * planted[kind] for kind in edited) / sum(planted.values()) >= 0.95
    for kind in (*edited, "template", "embedded in the prompt", "embedded in the answer"):
        assert recall[kind]["any"] >= 0.95
    assert recall["paraphrase by rule"]["any"] >= 0.15
