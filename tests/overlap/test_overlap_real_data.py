"""Overlap and measured relations of the released sets, against what is known of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_sets import RealSets

from lake.catalog import Lake
from pipelines.lineage import decide, lineage
from pipelines.overlap import overlap
from pipelines.tracing.judged import Decision

pytestmark = pytest.mark.slow

DIFFERENT = {
    # The truth takes the wrappers of these prompts off; word runs see through them.
    ("cot_strategyqa", "cot_strategyqa_tsv", "letters"): (0, 0),
    ("cot_strategyqa", "strategyqa_bigbench", "letters"): (0, 0),
    ("cot_strategyqa", "cot_strategyqa_tsv", "instruction"): (0, 0),
    ("cot_strategyqa", "strategyqa_bigbench", "instruction"): (0, 0),
    # A prompt with a combining sign, which is a letter for one and not for the other.
    ("alpaca_52k", "alpaca_expert_revised", "letters"): (2007, 2007),
    # Options are laid out differently; letters and digits agree (254).
    ("agieval", "aqua_test", "instruction"): (0, 0),
    # Rows that both were refused for being empty.
    ("humaneval_rephrased", "humaneval_multi_rephrased", "instruction"): (0, 0),
    ("humaneval_rephrased", "gsm8k_rephrased", "instruction"): (0, 0),
    ("humaneval_multi_rephrased", "gsm8k_rephrased", "instruction"): (0, 0),
}
"""(a, b, measure) -> counts where they are not those of the truth, and why."""

CONVERSATIONS = {
    "dpo_en_demo",
    "fastchat_dummy",
    "glaive_toolcall_en_demo",
    "hh_rlhf_harmless_test",
    "kto_en_demo",
    "reason_tool_use_demo",
}
"""Sets of several turns: `instruction` is of the whole conversation, the truth and `letters` of its first turn."""


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "true_lineage.json").read_text())
    return found


@pytest.fixture(scope="module")
def real(real_sets: RealSets, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with real_sets.lake(tmp_path_factory.mktemp("overlap") / "home") as lake:
        overlap(lake)
        yield lake


@pytest.mark.parametrize(
    ("measure", "field"), [("instruction", "instruction_equal"), ("letters", "instruction_words_equal")]
)
def test_counts_are_those_of_the_truth(real: Lake, truth: dict[str, Any], measure: str, field: str) -> None:
    counts = {
        (a, b): n
        for a, b, n in real.rows("select dataset, other, found from dataset_overlaps where measure = ?", [measure])
    }
    compared = 0
    for listed in truth["overlaps"]:
        a, b = listed["a"], listed["b"]
        if measure == "instruction" and {a, b} & CONVERSATIONS:
            continue
        if {a, b} == {"dpo_en_demo", "kto_en_demo"}:
            continue  # seven first turns are equal; the truth, which reads the raw files, has four
        expected = DIFFERENT.get((a, b, measure), tuple(listed[field]))
        assert (counts.get((a, b), 0), counts.get((b, a), 0)) == expected, (a, b)
        compared += 1
    assert compared >= 40


def test_relations_are_found_by_measurement_alone(real: Lake, truth: dict[str, Any]) -> None:
    found = {
        (child, parent): relation
        for child, parent, relation in real.rows(
            "select child, parent, relation from measured_relations where via is null"
        )
    }
    every = {(row[0], row[1]) for row in real.rows("select child, parent from measured_relations")}
    listed = {(one["child"], one["parent"]): one["relation"] for one in truth["relations"]}
    assert len(listed) == 32
    missed = {pair for pair in listed if pair not in every}
    assert missed == {
        ("gsm8k_rephrased", "gsm8k_test"),
        ("humaneval_rephrased", "humaneval"),
        ("cot_aqua", "aqua_test"),
        ("deepmath_5k", "math500"),
    }
    relations = dict(real.rows("select (child, parent), relation from measured_relations"))
    assert [pair for pair in listed if pair in every and relations[pair] != listed[pair]] == [
        ("gsm8k_socratic_test", "gsm8k_test")
    ]
    # Direct edges that nobody listed: two sets that both hold problems of MATH.
    assert {pair: relation for pair, relation in found.items() if pair not in listed} == {
        ("math500", "agieval"): "shared_source",
        ("roll_math_benchmarks", "agieval"): "shared_source",
    }
    for pair in truth["unrelated_pairs"]:
        assert not {(pair["a"], pair["b"]), (pair["b"], pair["a"])} & every


CARDS = {
    "alpagasus_claude_t45": "A subset of alpaca_52k: the rows that a judge rated best.",
    "alpagasus_random_9k": "A random subset of Stanford Alpaca, of nine thousand rows.",
    "alpaca_expert_revised": "Revised answers of the Alpaca dataset, by experts.",
    "alpaca_zh_translated": "A Chinese translation of the Alpaca data.",
    "alpaca_52k": "Bootstrapped from self_instruct_seeds. Evaluated on self_instruct_user_eval.",
    "gsm8k_rephrased": "Paraphrases of gsm8k_test.",
    "humaneval_rephrased": "Rephrased problems of HumanEval, to see whether contamination is found.",
    "humaneval_multi_rephrased": "A translation of HumanEval into five languages.",
    "cot_strategyqa": "Derived from cot_strategyqa_tsv, with a prompt around each question.",
    "gsm8k_socratic_test": "Solutions were generated for the problems of gsm8k_test, question by question.",
    "mgsm": "A translation of GSM8K problems into ten languages.",
    "gsm_plus_testmini": "Variants of gsm8k_test, perturbed in eight ways.",
    "gsm_hard": "Variants of GSM8K problems with larger numbers.",
    "roll_math_benchmarks": "Combines math500 and aime24 with others. Similar to agieval.",
    "mbpp_test": "A subset of MBPP.",
    "humaneval_multipl_e": "A translation of HumanEval to other programming languages.",
    "aqua_test": "A part of AGIEval.",
}
"""What the cards of documented relations say, in words of our own."""


def test_documents_and_overlaps_together_know_the_relations(real: Lake, truth: dict[str, Any]) -> None:
    rows = [[text, name] for name, text in CARDS.items()]
    real.transact(
        lambda connection: connection.executemany("update datasets set card = ? where dataset = ?", rows),
        message="cards",
    )
    lineage(real)
    # What is named is a benchmark and shares nothing that can be measured: a person is asked.
    asked = real.rows("select child, parent from lineage_review order by all")
    assert asked == [("gsm8k_rephrased", "gsm8k_test"), ("humaneval_rephrased", "humaneval")]
    for child, parent in asked:
        decide(real, Decision(child, parent, "accept", relation="benchmark_contamination"))
    verdicts = dict(real.rows("select (child, parent), verdict from lineage_edges where reason is null"))
    listed = {(one["child"], one["parent"]): one["basis"] for one in truth["relations"]}
    assert [pair for pair in listed if pair not in verdicts] == [("cot_aqua", "aqua_test"), ("deepmath_5k", "math500")]
    found = {pair: verdicts[pair] for pair in listed if pair in verdicts}
    declared_only = {("gsm8k_rephrased", "gsm8k_test"), ("humaneval_rephrased", "humaneval")}
    assert {pair for pair, verdict in found.items() if verdict == "declared only"} == declared_only
    assert {pair for pair, verdict in found.items() if verdict == "measured only"} == {
        pair for pair, basis in listed.items() if basis == "measured" and pair in found
    }
    for pair in truth["unrelated_pairs"]:
        assert not {(pair["a"], pair["b"]), (pair["b"], pair["a"])} & verdicts.keys()
