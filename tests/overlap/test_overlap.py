"""The step: what is measured, in what order datasets come, what is done twice, and what the measures say of relations."""

from __future__ import annotations

import random

import pytest
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines import overlap as steps
from pipelines.dedup import dedup
from pipelines.deduping.parameters import Signing
from pipelines.ingesting.commit import drop
from pipelines.overlap import Overlapping, mixture, overlap
from pipelines.overlapping import measures

Pairs = list[tuple[str | None, str | None]]


def invented(seed: int, n: int, words: int = 20) -> Pairs:
    """Prompts and answers of made-up words, no two alike."""
    draw = random.Random(seed)
    text = lambda size: " ".join(f"w{draw.randrange(5000)}" for _ in range(size))  # noqa: E731
    return [(text(words), text(words)) for _ in range(n)]


def found(lake: Lake, measure: str) -> list[tuple[object, ...]]:
    return lake.rows(
        "select dataset, other, rows, found, round(jaccard, 3) from dataset_overlaps where measure = ? order by all",
        [measure],
    )


def everything(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("from dataset_overlaps order by all") + lake.rows("from dataset_redundancy order by all")


def related(lake: Lake) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    rows = lake.rows("select child, parent, relation, direction, via from measured_relations")
    return {(child, parent): (relation, direction, via) for child, parent, relation, direction, via in rows}


def test_every_measure_counts_rows_both_ways(lake: Lake) -> None:
    asked = "What is the capital city of France?"
    fill(lake, "a", [(asked, "Paris."), (asked, "Paris."), ("Something else entirely, thanks", "x"), ("", "")])
    fill(
        lake,
        "b",
        [("what is the  capital city of france?", "Paris!"), ("WHAT is the capital: city of France", "Lyon")],
        number=2,
    )
    fill(lake, "c", [(asked, "Paris.")], number=3)
    report = overlap(lake)
    assert (report.datasets, report.samples, report.keyed, report.current) == (3, 7, 7, False)
    assert found(lake, "content") == [("a", "c", 4, 2, round(1 / 3, 3)), ("c", "a", 1, 1, round(1 / 3, 3))]
    assert found(lake, "instruction") == [
        ("a", "b", 3, 2, 0.333),
        ("a", "c", 3, 2, 0.5),
        ("b", "a", 2, 1, 0.333),
        ("b", "c", 2, 1, 0.5),
        ("c", "a", 1, 1, 0.5),
        ("c", "b", 1, 1, 0.5),
    ]
    assert found(lake, "letters") == [
        ("a", "b", 3, 2, 0.5),
        ("a", "c", 3, 2, 0.5),
        ("b", "a", 2, 2, 0.5),
        ("b", "c", 2, 2, 1.0),
        ("c", "a", 1, 1, 0.5),
        ("c", "b", 1, 1, 1.0),
    ]
    assert lake.rows(
        "select rows, keys, elsewhere from dataset_redundancy where dataset = 'a' and measure = 'letters'"
    ) == [(3, 2, 2)]


def test_keys_in_parts_say_the_same(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    common, own = invented(1, 100, words=10), invented(2, 30, words=10)
    fill(lake, "a", [*common, *own[:10]])
    fill(lake, "b", [*common[:83], *own[10:]], number=2)
    fill(lake, "c", [*common[14:], *common[14:20]], number=3)
    dedup(lake, signing=Signing(view="instruction"))
    overlap(lake)
    whole = everything(lake)
    assert {row[2] for row in whole[:40]} >= {"content", "letters", "runs", "answers"}
    lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
    monkeypatch.setattr(measures, "KEYS_AT_ONCE", 50)
    monkeypatch.setattr(measures, "ANSWERS_AT_ONCE", 40)
    assert not overlap(lake).current
    assert everything(lake) == whole
    lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
    monkeypatch.setattr(measures, "KEYS_AT_ONCE", 10**9)
    sketched = overlap(lake, Overlapping(sketch=170))
    of_one = everything(lake)
    lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
    monkeypatch.setattr(measures, "KEYS_AT_ONCE", 50)
    assert overlap(lake, Overlapping(sketch=170)).pairs == sketched.pairs
    assert everything(lake) == of_one


def test_answers_are_shared_out_where_pairs_of_datasets_have_too_many(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    common, few = invented(1, 60, words=6), invented(2, 7, words=6)
    fill(lake, "a", [*common, *few])
    fill(lake, "b", common, number=2)
    fill(lake, "c", few, number=3)
    compared = lambda: lake.rows(  # noqa: E731
        "select dataset, other, rows, found from dataset_overlaps where measure = 'answers' order by all"
    )
    overlap(lake)
    every = [("a", "b", 60, 60), ("a", "c", 7, 7), ("b", "a", 60, 60), ("c", "a", 7, 7)]
    assert compared() == every
    # Within 30 in all: 7 of the pair that has no more, 23 of the other; however many parts the keys are taken in.
    monkeypatch.setattr(measures, "COMPARED", 30)
    for at_once in (10**9, 50):
        lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
        monkeypatch.setattr(measures, "KEYS_AT_ONCE", at_once)
        overlap(lake)
        assert compared() == [("a", "b", 23, 23), ("a", "c", 7, 7), ("b", "a", 23, 23), ("c", "a", 7, 7)]
    # At least one of each, whatever that comes to.
    monkeypatch.setattr(measures, "COMPARED", 0)
    lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
    overlap(lake)
    assert compared() == [("a", "b", 1, 1), ("a", "c", 1, 1), ("b", "a", 1, 1), ("c", "a", 1, 1)]


def test_nothing_changed_nothing_done_and_what_is_new_alone_is_read(lake: Lake) -> None:
    texts = invented(1, 30)
    fill(lake, "a", texts)
    fill(lake, "b", texts[:10], number=2)
    assert overlap(lake).keyed == 40
    before = lake.snapshot
    again = overlap(lake)
    assert (again.keyed, again.current, lake.snapshot) == (0, True, before)
    assert steps.is_current(lake)
    fill(lake, "c", texts[5:15], number=3)
    assert not steps.is_current(lake)
    assert overlap(lake).keyed == 10
    step_by_step = everything(lake)
    lake.transact(lambda connection: connection.execute("delete from prompt_keys"), message="forget")
    lake.transact(lambda connection: connection.execute("delete from overlap_runs"), message="forget")
    assert overlap(lake).keyed == 50
    assert everything(lake) == step_by_step
    drop(lake, "b")
    assert lake.rows("select count(*) from dataset_overlaps where 'b' in (dataset, other)") == [(0,)]
    overlap(lake)
    assert {row[:2] for row in found(lake, "letters")} == {("a", "c"), ("c", "a")}


def test_near_duplicates_are_a_measure_once_they_were_sought(lake: Lake) -> None:
    texts = invented(2, 12)
    edited = [(f"{question} indeed", answer) for question, answer in texts[:4]]
    fill(lake, "a", texts)
    fill(lake, "b", [*edited, *invented(3, 4)], number=2)
    overlap(lake)
    assert found(lake, "near_instruction") == []
    with pytest.raises(UsageError, match="Near-duplicates of instruction were not sought yet"):
        mixture(lake, ["a", "b"], "near_instruction")
    dedup(lake, Signing(view="instruction"))
    assert not overlap(lake).current
    assert found(lake, "near_instruction") == [("a", "b", 12, 4, 0.25), ("b", "a", 8, 4, 0.25)]
    assert [vars(share) for share in mixture(lake, ["a", "b"], "near_instruction")][1]["elsewhere"] == 4


def test_a_sketch_has_intervals_that_hold_the_exact_share(lake: Lake) -> None:
    texts = invented(4, 4000, words=6)
    fill(lake, "a", texts[:3000])
    fill(lake, "b", texts[1500:], number=2)
    report = overlap(lake, Overlapping(sketch=1100))
    assert report.fraction == pytest.approx(0.2)
    for dataset, share in (("a", 0.5), ("b", 0.6)):
        low, high, rows = lake.rows(
            "select low, high, rows from dataset_overlaps where measure = 'content' and dataset = ?", [dataset]
        )[0]
        assert low < share < high
        assert high - low < 0.1
        assert abs(rows - {"a": 3000, "b": 2500}[dataset]) < 400


def test_mixtures(lake: Lake) -> None:
    texts = invented(5, 20)
    fill(lake, "a", [*texts[:10], texts[0]])
    fill(lake, "b", texts[5:20], number=2)
    overlap(lake)
    assert [tuple(vars(share).values()) for share in mixture(lake, ["b", "a"])] == [
        ("b", 15, 0, 0, 15),
        ("a", 11, 1, 5, 5),
    ]
    with pytest.raises(UnknownNameError, match="nosuch"):
        mixture(lake, ["a", "nosuch"])


def test_relations_of_each_kind_and_their_direction(lake: Lake) -> None:
    base = invented(6, 60)
    draw = random.Random(7)
    other = invented(8, 40)
    fill(lake, "base", base)
    fill(lake, "subset", base[:30], number=2)
    fill(lake, "answered_anew", [(q, a) for (q, _), (_, a) in zip(base[:40], invented(9, 40), strict=False)], number=3)
    fill(lake, "revised", [(q, f"{a} and so on") for q, a in base[:40]], number=4)
    fill(lake, "other", other, number=5)
    fill(lake, "mixed", [*base, *other], number=6)

    def evolved(text: str | None) -> str:
        words = (text or "").split()
        words[draw.randrange(3)] = "changed"
        return " ".join([*words, *(f"v{draw.randrange(5000)}" for _ in range(4))])

    fill(lake, "evolved", [(evolved(q), "x y z") for q, _ in other for _ in range(3)], number=7)
    fill(lake, "unrelated", invented(10, 50), number=8)
    overlap(lake)
    relations = related(lake)
    assert {pair: told for pair, told in relations.items() if told[2] is None} == {
        ("subset", "base"): ("inclusion", "contained", None),
        ("answered_anew", "base"): ("distillation", "contained", None),
        ("revised", "base"): ("refinement", "contained", None),
        ("mixed", "base"): ("mixture", "made of parts", None),
        ("mixed", "other"): ("mixture", "made of parts", None),
        ("evolved", "other"): ("augmentation", "several rows for one", None),
    }
    assert relations["mixed", "subset"][2] == "base"
    assert relations["revised", "answered_anew"][2] == "base"
    assert not any("unrelated" in pair for pair in relations)


def test_a_benchmark_in_a_training_set_is_contamination(lake: Lake) -> None:
    items = invented(11, 20)
    fill(lake, "bench", items)
    lake.transact(lambda c: c.execute("update datasets set kind = 'benchmark' where dataset = 'bench'"), message="kind")
    fill(lake, "train", [*invented(12, 500), *items[:3]], number=2)
    fill(lake, "clean", [*invented(13, 500), *items[:2]], number=3)
    overlap(lake)
    assert related(lake) == {("train", "bench"): ("benchmark_contamination", "benchmark", None)}


def test_declared_parents_and_dates_decide_the_direction(lake: Lake) -> None:
    texts = invented(14, 30)
    for number, name in enumerate(("one", "two", "three"), 1):
        fill(lake, name, texts, number=number)
    assert overlap(lake)
    assert related(lake)["two", "one"] == ("inclusion", "came later", None)
    lake.transact(
        lambda c: c.execute("update datasets set released = '2023-01-01' where dataset = 'two'"), message="dated"
    )
    lake.transact(
        lambda c: c.execute("update datasets set released = '2024-01-01' where dataset = 'one'"), message="dated"
    )
    lake.transact(
        lambda c: c.execute("update datasets set parents = ['three'] where dataset = 'two'"), message="declared"
    )
    found = related(lake)
    assert found["one", "two"][:2] == ("inclusion", "released later")
    assert found["two", "three"][:2] == ("inclusion", "declared")
