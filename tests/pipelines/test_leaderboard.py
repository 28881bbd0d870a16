"""OpenDataArena's published board of July 2025 out of our SQL, and boards over outcomes made to be known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lakes import fresh
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.relations import run as run_relation
from pipelines.boards.compare import APART
from pipelines.boards.gather import Which, choose
from pipelines.boards.page import page
from pipelines.boards.tables import as_csv, as_json, as_markdown
from pipelines.contamination import contamination
from pipelines.evaluating.benchmarks import benchmarks
from pipelines.evaluating.results import Results, replace_origin
from pipelines.import_results import import_results
from pipelines.leaderboard import agreement_of_bases, axes_against_gains, compare_subjects, leaderboard

ORIGIN = "oda-2025-07"
LLAMA, QWEN = "Llama-3.1-8B", "Qwen2.5-7B"
DOMAINS = ("general", "math", "code", "reasoning")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Lake]:
    with fresh(tmp_path_factory.mktemp("published") / "home") as lake:
        for name in ("oda_leaderboard_2025-07.json", "oda_scores_2025-07.json"):
            import_results(lake, shared_data / "published" / name, name=ORIGIN)
        yield lake


def summary(lake: Lake, base: str, grouping: str = "source") -> dict[str, tuple[int, int, float, int]]:
    rows = run_relation(lake.connection, "board_summary").to_arrow_table().to_pylist()
    return {
        row["measure"]: (row["subjects"], row["above_base"], round(row["mean_delta"], 2), row["above_instruct"])
        for row in rows
        if (row["base"], row["grouping"]) == (base, grouping) and row["level"] != "benchmark"
    }


@pytest.mark.slow
def test_the_published_board_gives_the_figures_of_its_source(published: Lake) -> None:
    llama, qwen = summary(published, LLAMA), summary(published, QWEN)
    assert (llama["overall"], qwen["overall"]) == ((89, 33, -3.10, 1), (89, 71, 1.61, 8))
    assert [llama[domain][1] for domain in DOMAINS] == [46, 64, 26, 14]
    assert [qwen[domain][1] for domain in DOMAINS] == [81, 33, 72, 60]


@pytest.mark.slow
def test_domains_as_they_are_meant_change_the_board(published: Lake) -> None:
    """The source counts HumanEval under math and ARC-c under code."""
    llama, qwen = summary(published, LLAMA, "catalogue"), summary(published, QWEN, "catalogue")
    assert (llama["overall"], qwen["overall"]) == ((89, 39, -2.12, 1), (89, 68, 1.38, 9))
    rows = dict(published.rows("select measure, score from leaderboard where role = 'base' and base = ? "
                               "and grouping = 'catalogue' and level <> 'benchmark'", [LLAMA]))  # fmt: skip
    assert {name: round(score, 2) for name, score in rows.items()} == {
        "general": 39.05, "math": 15.99, "code": 29.15, "reasoning": 45.20, "overall": 32.34
    }  # fmt: skip


@pytest.mark.slow
def test_every_published_mean_is_met(published: Lake, shared_data: Path) -> None:
    document = json.loads((shared_data / "published" / "oda_leaderboard_2025-07.json").read_text())
    wanted = {
        (base, row["name"], measure): row[f"{measure}_avg"]
        for base, family in ((LLAMA, "llama"), (QWEN, "qwen"))
        for row in document[family]
        for measure in ("overall", *DOMAINS)
    }
    found = {
        tuple(row[:3]): row[3]
        for row in published.rows(
            "select base, subject, measure, score from leaderboard where grouping = 'source' and level <> 'benchmark'"
        )
    }
    assert found.keys() == wanted.keys()
    assert max(abs(found[key] - wanted[key]) for key in wanted) < 0.0101


@pytest.mark.slow
def test_agreement_of_the_two_base_models_is_that_known_with_intervals(published: Lake) -> None:
    found = {
        item.measure: item.agreement
        for item in agreement_of_bases(published, choose(published, base=LLAMA, grouping="source"))
    }
    assert {name: round(item.spearman.value or 0, 3) for name, item in found.items()} == {
        "overall": 0.615, "general": 0.372, "math": 0.632, "code": 0.501, "reasoning": 0.326
    }  # fmt: skip
    assert {item.spearman.n for item in found.values()} == {89}
    overall = found["overall"]
    assert (round(overall.spearman.low or 0, 2), round(overall.spearman.high or 0, 2)) == (0.47, 0.73)
    assert (round(overall.accuracy.value or 0, 2), overall.pairs) == (
        0.72,
        3910,
    )  # the source rounds, so some are equal


@pytest.mark.slow
def test_zeros_of_the_source_are_missing_not_zero(published: Lake) -> None:
    assert published.rows("select count(distinct subject) from published_scores where value is not null") == [(17,)]
    without = published.rows(
        "select count(*) from (select subject from published_scores group by 1 having count(value) = 0)"
    )
    assert without == [(72,)]
    assert published.rows("select count(*) from published_scores where value = 0 and axis like '%Length'") == [(0,)]
    assert {row[0] for row in published.rows("select detail from published_scores where value is null")} == {
        "not scored", "zeros in the source"
    }  # fmt: skip


@pytest.mark.slow
def test_axes_of_17_datasets_stand_with_their_number_and_interval(published: Lake) -> None:
    found = {
        base: {
            i.axis: i
            for i in axes_against_gains(published, choose(published, base=base, grouping="source", measure="math"))
        }
        for base in (LLAMA, QWEN)
    }
    values = [round(found[base]["QA Correctness"].agreement.spearman.value or 0, 2) for base in (LLAMA, QWEN)]
    assert values == [0.19, 0.58]
    one = found[QWEN]["QA Correctness"]
    assert (one.agreement.spearman.n, one.agreement.pairs) == (17, 136)
    assert (one.agreement.spearman.high or 0) - (one.agreement.spearman.low or 0) > 0.5
    assert one.holm == 1.0 or (one.holm or 0) > (one.agreement.p or 0)
    assert found[QWEN]["QA A_Length"].agreement.spearman.n == 15  # two of the 17 hold zeros
    assert found[QWEN][f"gain of {LLAMA}"].agreement.spearman.n == 89


@pytest.mark.slow
def test_what_is_missing_in_one_run_is_put_where_it_is_missing(published: Lake) -> None:
    rows = published.rows("select run, benchmark from evaluations where status = 'missing' order by all")
    assert rows == [
        (f"{ORIGIN}/{LLAMA}/Python-Code-23k-ShareGPT/3", "humaneval"),
        (f"{ORIGIN}/{LLAMA}/golang-coder/1", "gpqa_diamond"),
        (f"{ORIGIN}/{LLAMA}/self-instruct-starcoder/2", "gpqa_diamond"),
        (f"{ORIGIN}/{LLAMA}/self-instruct-starcoder/2", "mmlu_pro"),
    ]


@pytest.mark.slow
def test_rank_sets_of_the_published_rows(published: Lake) -> None:
    board = leaderboard(published, choose(published, base=LLAMA))
    assert (len(board.ranked), board.pairs) == (89, 3916)
    first = board.ranked[0]
    assert (first.subject, first.best, first.worst, first.runs) == ("AM-Thinking-v1-Distilled-math", 1, 1, 1)
    assert all((row.best or 0) <= place + 1 <= (row.worst or 0) for place, row in enumerate(board.ranked))
    assert "items are taken as given" in board.errors
    last = compare_subjects(
        published, choose(published, base=QWEN, grouping="source"), "OpenO1-SFT", "AM-Thinking-v1-Distilled-math"
    )
    assert last.verdict == APART
    assert (last.need.items, last.need.runs) == (None, 32)


@pytest.mark.slow
def test_an_import_takes_the_place_of_the_one_before(published: Lake, shared_data: Path) -> None:
    counts = "select (select count(*) from training_runs), (select count(*) from evaluations)"
    before = published.rows(counts)
    report = import_results(published, shared_data / "published" / "oda_leaderboard_2025-07.json", name=ORIGIN)
    assert (report.runs, report.subjects, report.evaluations, report.missing) == (454, 182, 8172, 4)
    assert published.rows(counts) == before == [(454, 8172)]


def test_the_22_benchmarks_say_how_they_are_run_or_what_is_missing() -> None:
    known = benchmarks().values()
    counts = {domain: sum(item.domain == domain for item in known) for domain in DOMAINS}
    assert counts == {"general": 4, "math": 9, "code": 4, "reasoning": 5}
    assert all(bool(item.task) != bool(item.needs) for item in known)
    assert {item.name for item in known if item.repeats == 8} == {
        "aime_2024", "aime_2025", "hmmt_2025", "cmimc_2025", "brumo_2025"
    }  # fmt: skip
    assert all(item.metric and item.verifier and item.opencompass for item in known)


ABILITY = {"good": 0.9, "alike": 0.6, "alike-too": 0.6, "bad": 0.2}


def outcomes(lake: Lake, *, items: int = 300, runs: int = 3, gap: bool = False, seed: int = 0) -> None:
    """A board whose items are known: each subject is right with its ability, items vary in hardness."""
    random = np.random.default_rng(seed)
    hardness = random.normal(0, 0.15, items)
    results = Results()
    subjects = [("base", "m", None)] + [("trained", name, "r") for name in ABILITY]
    for role, subject, recipe in subjects:
        for number in range(1 if role == "base" else runs):
            run = f"{subject}/{number}"
            results.runs.append({"run": run, "role": role, "subject": subject, "base": "m", "recipe": recipe,
                                 "origin": "made", "status": "imported", "rows": 1000})  # fmt: skip
            right = random.random(items) < np.clip(ABILITY.get(subject, 0.3) - hardness, 0, 1)
            add(results, run, "gsm8k", right.astype(float))
    if gap:
        results.runs.append({"run": "part/0", "role": "trained", "subject": "part", "base": "m", "recipe": "r",
                             "origin": "made", "status": "imported"})  # fmt: skip
        results.evaluations.append(evaluation("part/0", "humaneval", "code", 50.0))
        results.evaluations.extend(evaluation(run["run"], "humaneval", "code", 40.0) for run in results.runs[:-1])
    replace_origin(lake, "made", results)


def evaluation(run: str, benchmark: str, domain: str, value: float) -> dict[str, Any]:
    return {"run": run, "benchmark": benchmark, "metric": "accuracy", "repeat": 0, "counted": True, "domain": domain,
            "value": value, "status": "ok"}  # fmt: skip


def add(results: Results, run: str, benchmark: str, right: np.ndarray) -> None:
    results.evaluations.append(evaluation(run, benchmark, "math", 100 * float(right.mean())))
    for number, outcome in enumerate(right):
        results.items.append({"run": run, "benchmark": benchmark, "repeat": 0, "item": f"q{number}",
                              "item_group": f"q{number}", "outcome": float(outcome)})  # fmt: skip


MADE = Which("m", "made", "r")


def test_a_known_order_is_recovered_and_equals_cannot_be_told_apart(lake: Lake) -> None:
    outcomes(lake)
    board = leaderboard(lake, MADE, k=1)
    assert [(row.subject, row.best, row.worst) for row in board.ranked] == [
        ("good", 1, 1), ("alike", 2, 3), ("alike-too", 2, 3), ("bad", 4, 4)
    ]  # fmt: skip
    assert board.ranked[0].top == 1.0
    assert (board.told, board.pairs) == (5, 6)
    assert "the choice of items (all benchmarks, paired and clustered) and training" in board.errors
    base = next(row for row in board.rows if row.role == "base")
    assert (base.best, base.delta.value) == (None, 0.0)
    equal = compare_subjects(lake, MADE, "alike", "alike-too")
    assert equal.verdict == APART
    assert equal.need.items is None or equal.need.items > 1000
    clear = compare_subjects(lake, MADE, "good", "bad")
    assert (clear.verdict, clear.benchmarks["gsm8k"].difference.n) == ("good is better", 300)
    with pytest.raises(UnknownNameError, match="Unknown ranked subject 'm'"):
        compare_subjects(lake, MADE, "m", "bad")
    with pytest.raises(UsageError, match="another one"):
        compare_subjects(lake, MADE, "bad", "bad")


def test_a_subject_without_every_benchmark_is_shown_and_not_ranked(lake: Lake) -> None:
    outcomes(lake, gap=True)
    board = leaderboard(lake, MADE)
    part = next(row for row in board.rows if row.subject == "part")
    assert (part.best, part.worst, part.note, part.score.value) == (None, None, "has 1 of 2 benchmarks", 50.0)
    assert part.delta.value is None
    assert [row.subject for row in board.rows][-1] == "part"
    assert "1 of 2 benchmarks" in board.errors


def test_one_run_without_items_has_no_interval_and_no_rank(lake: Lake) -> None:
    results = Results()
    for subject, value in (("one", 40.0), ("two", 60.0)):
        results.runs.append({"run": subject, "role": "trained", "subject": subject, "base": "m", "recipe": "r",
                             "origin": "made", "status": "imported"})  # fmt: skip
        results.evaluations.append(evaluation(subject, "gsm8k", "math", value))
    replace_origin(lake, "made", results)
    board = leaderboard(lake, MADE)
    assert [(row.subject, row.score.low, row.best) for row in board.rows] == [("two", None, None), ("one", None, None)]
    assert board.errors.startswith("There are no intervals")
    with pytest.raises(UsageError, match="Nothing is known of the errors"):
        compare_subjects(lake, MADE, "one", "two")


def test_boards_are_named_or_chosen(lake: Lake) -> None:
    with pytest.raises(UsageError, match="There are no results of trained models"):
        choose(lake)
    outcomes(lake)
    assert choose(lake) == MADE
    with pytest.raises(UnknownNameError, match="Unknown base model 'n'"):
        choose(lake, base="n")
    with pytest.raises(UnknownNameError, match="Unknown domain or benchmark 'poetry'"):
        leaderboard(lake, Which("m", "made", "r", measure="poetry"))


def test_exports_hold_what_the_board_says(lake: Lake) -> None:
    outcomes(lake, gap=True)
    board = leaderboard(lake, MADE)
    lines = as_csv(board).splitlines()
    assert len(lines) == 1 + 6
    assert lines[0].startswith("subject,role,score,score_low,score_high,delta")
    document = json.loads(as_json(board))
    assert [row["subject"] for row in document["rows"]] == [row.subject for row in board.rows]
    assert "| 1 | good | " in as_markdown(board)
    shown = page(board, agreements=agreement_of_bases(lake, MADE), axes=axes_against_gains(lake, MADE))
    assert "<b>4</b>" not in shown
    assert shown.count("<svg") == 2
    assert not any(mark in shown for mark in ("http://", "https://", "src="))  # nothing is fetched


@pytest.mark.parametrize(
    ("content", "wanted"),
    [("{", "is no JSON"), ('{"a": 1}', "is no file of results"), ('{"x": {"Q_scores": {}}}', "no results 'made'")],
)
def test_files_that_are_no_results_are_refused(lake: Lake, tmp_path: Path, content: str, wanted: str) -> None:
    file = tmp_path / "results.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=wanted):
        import_results(lake, file, name="made")
    with pytest.raises(UsageError, match="Cannot read"):
        import_results(lake, tmp_path / "nosuch.json", name="made")
    with pytest.raises(UsageError, match="needs another name"):
        import_results(lake, file, name="lake")


@pytest.mark.slow
def test_the_page_shows_what_the_published_files_give(published: Lake) -> None:
    from pipelines.leaderboard_reference import PAGE, with_published

    text = PAGE.read_text(encoding="utf-8")
    assert with_published(text, published) == text, "run: python -m pipelines.leaderboard_reference FOLDER"


@pytest.mark.slow
def test_a_scan_finds_what_equal_prompts_do_not(lake: Lake) -> None:
    """Ten items are prompts of `dirty`, and an eleventh stands in a longer one."""
    words = [f"{a} {b}" for a in ("red", "blue", "green", "black") for b in ("hen", "fox", "owl", "cow", "elk")]
    items = [
        Sample(f"On market day a farmer with one {word} asks what {word}s cost by the dozen", word) for word in words
    ]
    longer = Sample(f"Please help me with this one. {items[12].instruction} and tell me why that is so.", "x")
    put(lake, "bench", items, kind="benchmark")
    put(lake, "clean", [Sample(f"Name the colour of thing {i}", "red") for i in range(30)])
    put(lake, "dirty", [*items[:10], longer])
    asked = [
        str(row[0]) for row in lake.rows("select instruction_id from samples where dataset = 'bench' order by row_no")
    ]
    results, chance = Results(), np.random.default_rng(1)
    for run, subject, share in (("b", "m", 0.2), ("c1", "clean", 0.5), ("c2", "clean", 0.5), ("d1", "dirty", 0.5), ("d2", "dirty", 0.5)):  # fmt: skip
        outcomes = (chance.random(20) < share).astype(float)
        outcomes[:10] = 1 if subject == "dirty" else outcomes[:10]
        role = "base" if subject == "m" else "trained"
        results.runs.append({"run": run, "role": role, "subject": subject, "base": "m", "recipe": "r" if role == "trained" else None, "origin": "lake", "status": "finished"})  # fmt: skip
        common = {"run": run, "benchmark": "bench", "repeat": 0}
        results.evaluations.append({**common, "metric": "em", "counted": True, "domain": "math", "value": 100 * float(outcomes.mean()), "status": "ok"})  # fmt: skip
        results.items += [{**common, "item": f"i{i}", "item_group": f"i{i}", "instruction_id": asked[i], "outcome": float(o)} for i, o in enumerate(outcomes)]  # fmt: skip
    replace_origin(lake, "lake", results)

    def dirty() -> tuple[int, str, tuple[str, ...]]:
        board = leaderboard(lake, choose(lake, base="m"), k=1)
        row = next(row for row in board.rows if row.subject == "dirty")
        assert (row.adjusted or 100) < (row.score.value or 0)
        return row.contaminated, row.contamination, board.remarks

    said = "Items in training data were found by equal prompts only, without a scan, for clean, dirty."
    assert dirty() == (10, "prompts", (said,))
    contamination(lake)
    assert dirty() == (11, "scan", ())
