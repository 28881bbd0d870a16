"""The scan: what is found where, what is no finding, what is scanned twice, and what a killed run leaves."""

from __future__ import annotations

import random
from typing import Any

import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import UnknownNameError
from pipelines import contamination as steps
from pipelines.contaminating import scan as scans
from pipelines.contaminating.parameters import Scanning
from pipelines.contamination import contamination
from pipelines.ingesting.commit import drop

ITEM = (
    "A farmer in the northern valley keeps 12 brown goats and twice as many white sheep; each goat gives three litres of "
    "milk a day. How many litres do the goats give in one week?"
)
OTHER = "Which river did the old ferry cross before the stone bridge was built by travelling masons from the south?"


def words(seed: int, n: int) -> str:
    draw = random.Random(seed)
    return " ".join(f"w{draw.randrange(3000)}" for _ in range(n))


def bench(lake: Lake, pairs: list[tuple[str | None, str | None]], *, name: str = "bench", number: int = 1) -> list[int]:
    ids = fill(lake, name, pairs, number=number)
    lake.transact(
        lambda c: c.execute("update datasets set kind = 'benchmark' where dataset = ?", [name]), message="kind"
    )
    return ids


def found(lake: Lake, verdict: str = "contaminated") -> list[tuple[object, ...]]:
    return lake.rows(
        "select item_id, sample_id, method, round(coverage, 2), longest_run, part, answer from contamination "
        "where verdict = ? order by sample_id, item_id, method",
        [verdict],
    )


def everything(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("from contamination order by all")


def test_an_item_is_found_however_it_stands(lake: Lake) -> None:
    items = bench(
        lake,
        [(ITEM, "3 * 12 * 7 = 252 litres.\n#### 252"), (OTHER, "The Elbe"), *((words(n, 20), "x") for n in range(8))],
    )
    n = len(ITEM.replace(";", "").split())
    numbers = ITEM.replace("12", "15").replace("three", "three")
    train = fill(
        lake,
        "train",
        [
            (ITEM, "252"),
            (ITEM.upper().replace(";", " --"), "I do not know."),
            (f"{words(50, 60)} {ITEM} {words(51, 200)}", "252"),
            ("Tell me a story.", f"{words(52, 30)} {ITEM} {words(53, 30)}"),
            (numbers, "315"),
            (words(54, 40), words(55, 40)),
        ],
        number=2,
    )
    report = contamination(lake)
    rows = found(lake)
    assert {row[0] for row in rows} == {items[0]}
    by_sample = {sample: [row[2] for row in rows if row[1] == sample] for sample in train}
    assert by_sample[train[0]] == ["edited", "exact", "letters", "runs"]
    assert by_sample[train[1]] == ["edited", "letters", "runs"]
    assert by_sample[train[2]] == by_sample[train[3]] == ["edited", "runs"]
    assert "edited" in by_sample[train[4]]
    assert by_sample[train[5]] == []
    runs = {row[1]: row[3:] for row in rows if row[2] == "runs"}
    assert runs[train[0]] == (1.0, n, "prompt", True)
    assert runs[train[1]] == (1.0, n, "prompt", False)
    assert runs[train[3]] == (1.0, n, "response", False)
    assert lake.rows("select matched from contamination where method = 'runs' and sample_id = ?", [train[3]]) == [
        (ITEM[:-1],)
    ]
    (leak,) = report.leaks
    assert (leak.items, leak.items_hit, leak.rows, leak.rows_hit, leak.verbatim, leak.with_answer) == (
        10,
        1,
        6,
        5,
        1,
        1,
    )
    assert leak.severity == "severe"


def test_a_prompt_that_is_nearly_an_item_is_found_where_no_run_is_long_enough(lake: Lake) -> None:
    items = bench(lake, [(ITEM, "252"), (OTHER, "Elbe"), *((words(n, 30), "x") for n in range(5))])

    def changed(text: str, every: int) -> str:
        return " ".join("another" if n % every == every - 1 else word for n, word in enumerate(text.split()))

    near, alike, far = changed(ITEM, 12), changed(ITEM, 7), changed(ITEM, 3)
    rows = [(near, "252"), (alike, "252"), (far, "252"), (f"{words(9, 90)} {near}", "252")]
    train = fill(lake, "train", rows, number=2)
    contamination(lake)
    assert [row[:5] for row in found(lake)] == [(items[0], train[0], "near", None, None)]
    assert lake.rows(
        "select sample_id, verdict, round(similarity, 2), matched, answer from contamination where method = 'near' "
        "order by sample_id"
    ) == [
        (train[0], "contaminated", 0.83, ITEM, True),
        (train[1], "trace", 0.65, ITEM, None),  # 120 of 185 runs of five characters
    ]


def test_prompts_near_many_items_of_a_benchmark_are_of_its_template(lake: Lake) -> None:
    frame = "Answer with one letter and nothing else: which of the four words below does not belong to the others?"
    bench(lake, [(f"{frame} {words(n, 6)}", "x") for n in range(12)])
    fill(lake, "train", [(f"{frame} {words(500, 6)}", "y")], number=2)
    contamination(lake)
    assert found(lake) == []


def test_a_common_phrase_is_a_trace_and_no_finding(lake: Lake) -> None:
    bench(lake, [(ITEM, "252"), (OTHER, "The Elbe")])
    phrase = " ".join(ITEM.split()[:9])
    fill(lake, "train", [(f"{phrase} and then {words(1, 30)}", "x")], number=2)
    contamination(lake)
    assert found(lake) == []
    ((_, _, method, coverage, longest, _, answer),) = found(lake, "trace")
    assert (method, longest, answer) == ("runs", 9, None)
    assert coverage == 0.26  # 9 of 34 words


def test_templates_of_a_benchmark_or_a_dataset_say_nothing(lake: Lake) -> None:
    frame = "Read the passage below with great care and then pick the one answer that fits best of all:"
    bench(lake, [(f"{frame} {words(n, 14)}", "x") for n in range(40)])
    fill(lake, "same_frame", [(f"{frame} {words(100 + n, 14)}", "y") for n in range(3)], number=2)
    lone = "Please answer the following question as well as you can and explain each step of it:"
    bench(
        lake,
        [(f"{lone} {words(200, 9)}", "x"), *((words(210 + n, 30), "x") for n in range(5))],
        name="single",
        number=3,
    )
    fill(lake, "wrapped", [(f"{lone} {words(300 + n, 40)}", "y") for n in range(30)], number=4)
    contamination(lake)
    assert found(lake) == []


def test_a_leak_that_was_answered_many_times_is_no_template(lake: Lake) -> None:
    bench(lake, [(ITEM, "252"), *((words(n, 30), "x") for n in range(5))])
    fill(lake, "rollouts", [(f"{ITEM} Think first.", words(n, 12)) for n in range(60)], number=2)
    contamination(lake)
    assert len({row[1] for row in found(lake)}) == 60


def test_short_items_need_all_of_themselves(lake: Lake) -> None:
    short, tiny = "Is the moon of Earth larger than the planet Mercury today?", "What is 2 + 2 times 17?"
    items = bench(lake, [(short, "no"), (tiny, "36"), *((words(n, 30), "x") for n in range(5))])
    train = fill(
        lake,
        "train",
        [
            (f"Think about it slowly. {short} Give a reason.", "no"),
            ("Is the moon of Earth larger than the planet you live on?", "no"),
            (f"{tiny}", "36"),
            (f"Tell me, {tiny} I wonder.", "36"),
        ],
        number=2,
    )
    contamination(lake)
    assert [row[:3] for row in found(lake)] == [
        (items[0], train[0], "runs"),
        (items[1], train[2], "exact"),
        (items[1], train[2], "letters"),
    ]


def test_only_what_is_new_is_scanned_and_the_result_is_that_of_a_full_run(lake: Lake) -> None:
    items = [(ITEM, "252"), (OTHER, "Elbe"), *((words(n, 30), "x") for n in range(4))]
    bench(lake, items[:3])
    fill(lake, "a", [(ITEM, "252"), *((words(100 + n, 40), "y") for n in range(20))], number=2)
    assert contamination(lake).scanned == 21
    before = lake.snapshot
    assert contamination(lake).scanned == 0
    assert lake.snapshot == before
    fill(lake, "b", [(f"So: {OTHER} Well?", "Elbe"), *((words(200 + n, 40), "y") for n in range(10))], number=3)
    assert contamination(lake).scanned == 11
    bench(lake, items[1:], name="later", number=4)
    assert contamination(lake, ["a"], benchmarks=["later"]).scanned == 21
    assert contamination(lake).scanned == 11
    step_by_step = everything(lake)
    assert {(row[1], row[3]) for row in step_by_step if row[5] == "contaminated"} == {
        ("bench", "a"),
        ("bench", "b"),
        ("later", "b"),
    }
    for table in ("contamination", "contamination_scans"):
        lake.transact(lambda c, table=table: c.execute(f"delete from {table}"), message="forget")
    assert contamination(lake).scanned == 32
    assert everything(lake) == step_by_step
    drop(lake, "bench")
    assert {row[1] for row in everything(lake)} == {"later"}
    assert contamination(lake).scanned == 0


def test_other_rules_are_another_scan(lake: Lake) -> None:
    bench(lake, [(ITEM, "252"), (OTHER, "Elbe")])
    half = " ".join(ITEM.split()[:24])
    fill(lake, "a", [(half, "x")], number=2)
    contamination(lake)
    assert {row[2] for row in found(lake)} == {"runs"}
    assert contamination(lake, scanning=Scanning(least=0.9)).scanned == 1
    assert found(lake) == []
    assert contamination(lake, scanning=Scanning(least=0.9, near=0.6)).scanned == 1
    assert {row[2] for row in found(lake)} == {"near"}
    assert contamination(lake, scanning=Scanning(ngram=13, least=0.4)).scanned == 1
    assert {row[2] for row in found(lake)} == {"runs"}


def test_a_run_that_ends_midway_continues_where_it_was(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    bench(lake, [(ITEM, "252"), (OTHER, "Elbe"), *((words(n, 30), "x") for n in range(4))])
    rows = [(words(100 + n, 20), "y") for n in range(40)]
    for place in (3, 17, 33):
        rows[place] = (f"{words(500 + place, 5)} {ITEM}", "252")
    fill(lake, "a", rows, number=2)
    monkeypatch.setattr(scans, "WINDOW", 10)
    monkeypatch.setattr(steps, "COMMIT_SAMPLES", 10)
    contamination(lake)
    whole = everything(lake)
    assert len({row[2] for row in whole}) == 3
    for table in ("contamination", "contamination_scans"):
        lake.transact(lambda c, table=table: c.execute(f"delete from {table}"), message="forget")
    commit, calls = steps.commit, []

    def dies(*given: Any, **more: Any) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        commit(*given, **more)

    monkeypatch.setattr(steps, "commit", dies)
    with pytest.raises(KeyboardInterrupt):
        contamination(lake)
    assert lake.rows("select scanned_to % 4294967296, finished from contamination_scans") == [(19, False)]
    monkeypatch.setattr(steps, "commit", commit)
    assert contamination(lake).scanned == 20
    assert everything(lake) == whole


def test_unknown_names_are_refused(lake: Lake) -> None:
    bench(lake, [(ITEM, "252")])
    fill(lake, "a", [("q", "a")], number=2)
    with pytest.raises(UnknownNameError, match="nosuch"):
        contamination(lake, ["nosuch"])
    with pytest.raises(UnknownNameError, match="training dataset"):
        contamination(lake, ["bench"])
    with pytest.raises(UnknownNameError, match="benchmark"):
        contamination(lake, benchmarks=["a"])


def test_empty_texts_and_lakes(lake: Lake) -> None:
    assert contamination(lake).leaks == ()
    bench(lake, [("", None), (None, None), (ITEM, None)])
    fill(lake, "a", [("", None), (None, ""), (ITEM, None)], number=2)
    contamination(lake)
    assert {row[2] for row in found(lake)} == {"exact", "letters", "runs", "edited"}
    assert {row[6] for row in found(lake)} == {None}  # the item has no answer
