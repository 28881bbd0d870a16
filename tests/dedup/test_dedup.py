"""The step: what is found, in what order it is ingested, what dropping leaves, and what a killed run leaves."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from datasketch import MinHashLSH
from lakes import fresh
from scoring_lake import fill

from lake.catalog import Lake
from lake.errors import ConflictError, UnknownNameError, UsageError
from pipelines import dedup as steps
from pipelines.dedup import dedup, plan
from pipelines.deduping.explain import explain
from pipelines.deduping.parameters import Matching, Signing, banding, probability
from pipelines.deduping.reports import DedupReport
from pipelines.ingesting.commit import drop

STORY = "the little boat went down the river past the mill and the old stone bridge to the sea where gulls cry"
Pair = tuple[str | None, str | None]


def found(lake: Lake, view: str = "sample") -> list[tuple[object, ...]]:
    return lake.rows(
        "select sample_id, survivor_id, cluster, round(similarity::double, 3), reason from near_duplicates "
        'where "view" = ? order by all',
        [view],
    )


def pairs(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows("select * from near_duplicate_pairs order by all")


def invented(seed: int, n: int) -> list[Pair]:
    """Pairs of which many are edits and copies of each other, some of boilerplate, some short."""
    draw = random.Random(seed)
    words = [f"w{number}" for number in range(400)]
    known = [" ".join(random.Random(7 * k).choices(words, k=40)) for k in range(12)]
    made: list[Pair] = []
    for _ in range(n):
        text = draw.choice(known).split()
        for _ in range(draw.choice([0, 0, 1, 2, 3])):
            text[draw.randrange(40)] = draw.choice(words)
        kind = draw.random()
        if kind < 0.1:
            made.append((draw.choice(["yes", "no", "thank you"]), None))
        elif kind < 0.3:
            made.append((None, " ".join(draw.choices(words, k=30))))
        else:
            made.append((" ".join(text[:10]), " ".join(text[10:])))
    return made


def test_copies_edits_and_the_rest(lake: Lake) -> None:
    edited = STORY.replace("gulls cry", "gulls sing")
    a = fill(lake, "a", [("Tell me.", STORY), ("Tell me.", edited), ("Other", "something else altogether " * 3)])
    b = fill(lake, "b", [("TELL  me.", STORY + "\n"), (None, None), ("", "")], number=2)
    report = dedup(lake)
    # 21 words and two of the instruction: 19 shingles; one word replaced at the end changes one of them.
    assert found(lake) == [(a[1], a[0], a[0], 0.9, "near"), (b[0], a[0], a[0], 1.0, "exact")]
    ((jaccard, estimate, shared),) = lake.rows("select jaccard, estimate, shared_bands from near_duplicate_pairs")
    assert (jaccard, estimate) == (pytest.approx(0.9), pytest.approx(0.9, abs=0.12))
    assert 1 <= shared <= 14
    assert (report.signed, report.compared, report.copies, report.pairs, report.excluded) == (6, 4, 1, 1, 2)
    assert [(item.dataset, item.samples, item.excluded, item.inside) for item in report.loss] == [
        ("b", 1, 1, 0),
        ("a", 3, 1, 1),
    ]
    assert report.flags == ("b loses 100%: 1 of 1 samples",)


def test_short_texts_match_exactly_or_not_at_all(lake: Lake) -> None:
    ids = fill(lake, "a", [("yes", None), ("yes!", None), ("Yes", None), ("one two three four five six", None)] * 1)
    dedup(lake)
    assert found(lake) == [(ids[2], ids[0], ids[0], 1.0, "exact")]


def test_benchmarks_take_no_part(lake: Lake) -> None:
    fill(lake, "a", [("q", STORY)])
    fill(lake, "bench", [("q", STORY)], number=2)
    lake.transact(lambda c: c.execute("update datasets set kind = 'benchmark' where dataset = 'bench'"), message="x")
    dedup(lake)
    assert found(lake) == []


def test_views_stand_side_by_side(lake: Lake) -> None:
    ids = fill(lake, "a", [(STORY, "one"), (STORY, "two")])
    dedup(lake, Signing(view="instruction"))
    dedup(lake, Signing(view="response"))
    assert found(lake, "instruction") == [(ids[1], ids[0], ids[0], 1.0, "exact")]
    assert found(lake, "response") == []


def test_who_survives_can_be_said(lake: Lake) -> None:
    a = fill(lake, "a", [("x", STORY)])
    b = fill(lake, "b", [("x", STORY)], number=2)
    dedup(lake, matching=Matching(prefer=("b",)))
    assert found(lake) == [(a[0], b[0], a[0], 1.0, "exact")]
    lake.transact(
        lambda c: c.execute("insert into scores values (?, 'a', 'mtld', '1', 9, 'ok', null)", a), message="score"
    )
    dedup(lake, matching=Matching(axis="mtld"))
    assert found(lake) == [(b[0], a[0], a[0], 1.0, "exact")]
    with pytest.raises(UnknownNameError, match="'c'"):
        dedup(lake, matching=Matching(prefer=("c",)))


@pytest.mark.parametrize("method", ["components", "star"])
def test_datasets_added_one_by_one_give_the_result_of_a_full_run(tmp_path: Path, method: str) -> None:
    matching = Matching(threshold=0.6, method=method, complete=3, hubs=2)  # small bounds: buckets are cut
    signing = Signing(permutations=32)
    sets = {name: invented(seed, 60) for seed, name in enumerate(("a", "b", "c"), start=1)}
    with fresh(tmp_path / "one", threads=2) as lake:
        reports = []
        for number, (name, rows) in enumerate(sets.items(), start=1):
            fill(lake, name, rows, number=number)
            reports.append(dedup(lake, signing, matching))
        one_by_one = found(lake), pairs(lake)
    with fresh(tmp_path / "full", threads=2) as lake:
        for number, (name, rows) in enumerate(sets.items(), start=1):
            fill(lake, name, rows, number=number)
        full = dedup(lake, signing, matching)
        assert (found(lake), pairs(lake)) == one_by_one
    assert [report.incremental for report in reports] == [False, True, True]
    assert full.hot
    assert sum(report.candidates for report in reports) == full.candidates
    assert [report.signed for report in reports] == [60, 60, 60]


def test_a_dropped_dataset_leaves_nothing_and_the_next_run_is_full(lake: Lake) -> None:
    a, b, c = (fill(lake, name, [("x", STORY)], number=n) for n, name in enumerate("abc", start=1))
    dedup(lake)
    drop(lake, "a")
    assert found(lake) == []  # whose survivor is gone is excluded no longer
    assert lake.rows("select distinct dataset from signatures order by 1") == [("b",), ("c",)]
    report = dedup(lake)
    assert not report.incremental
    assert found(lake) == [(c[0], b[0], b[0], 1.0, "exact")]
    assert a


def test_another_threshold_seeks_again(lake: Lake) -> None:
    ids = fill(lake, "a", [("x", STORY), ("x", STORY.replace("old stone bridge", "tall oak tree"))])
    assert dedup(lake, matching=Matching(threshold=0.9)).pairs == 0
    report = dedup(lake, matching=Matching(threshold=0.4))
    assert (report.signed, report.incremental) == (0, False)
    assert [row[:2] for row in found(lake)] == [(ids[1], ids[0])]


def test_a_run_killed_between_its_parts_is_continued(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, "a", invented(1, 80))
    expected_lake = lake

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for part in ("find_candidates", "verify", "commit"):
        with monkeypatch.context() as patched:
            patched.setattr(steps, part, die)
            with pytest.raises(Killed):
                dedup(lake)
        assert found(expected_lake) == []
    report = dedup(lake)
    assert report.signed == 0  # what was signed is kept
    once = found(lake)
    assert once
    assert dedup(lake).candidates == 0
    assert found(lake) == once


def test_a_dataset_that_goes_meanwhile_stops_the_commit(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, "a", [("x", STORY), ("x", STORY)])
    whole = steps.verify

    def dropping(*given: object, **named: object) -> object:
        drop(lake, "a")
        return whole(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "verify", dropping)
    with pytest.raises(ConflictError, match="Datasets changed"):
        dedup(lake)
    assert found(lake) == []


def test_of_two_runs_that_go_on_from_the_same_one_wins(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, "a", [("x", STORY)])
    dedup(lake)
    fill(lake, "b", [("x", STORY + " the end")], number=2)
    whole = steps.verify
    others: list[DedupReport] = []

    def overtaken(*given: object, **named: object) -> object:
        monkeypatch.setattr(steps, "verify", whole)
        with Lake.open(lake.settings) as other:
            others.append(dedup(other))
        return whole(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "verify", overtaken)
    with pytest.raises(ConflictError, match="Another run of the view sample"):
        dedup(lake)
    assert [(report.incremental, report.pairs) for report in others] == [(True, 1)]
    assert lake.rows("select count(*) from near_duplicate_pairs") == [(1,)]


COUNTS = """
import sys
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.dedup import dedup
from pipelines.deduping.parameters import Signing
from pipelines.deduping.texts import load_kernels
from scorers.kernels import shingles

def counts():
    kernels = (shingles.signatures, shingles.shingle_hashes, shingles.signatures_of, shingles.jaccard, shingles.agreement)
    return [len(kernel.signatures) for kernel in kernels]

load_kernels(Signing())
loaded = counts()
with Lake.open(Settings.load(home=sys.argv[1])) as lake:
    pairs = dedup(lake).pairs
print(loaded, counts(), pairs)
"""


def test_all_kernels_are_there_before_the_steps_begin(lake: Lake) -> None:
    fill(lake, "one", [(STORY, "a"), (STORY + " again", "a")])
    command = [sys.executable, "-c", COUNTS, str(lake.settings.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 1, 1, 1, 1] [1, 1, 1, 1, 1] 1"


def test_an_empty_lake(lake: Lake) -> None:
    report = dedup(lake)
    assert (report.compared, report.excluded, report.flags) == (0, 0, ())


def test_a_plan_runs_nothing(lake: Lake) -> None:
    fill(lake, "a", [("x", STORY)])
    planned = plan(lake)
    assert planned.to_sign == {"a": 1}
    assert (planned.signed, planned.incremental) == (0, False)
    assert (planned.parameters["bands"], planned.parameters["rows"]) == (14, 8)
    assert lake.rows("select count(*) from signatures") == [(0,)]
    dedup(lake)
    fill(lake, "b", [("x", STORY)], number=2)
    planned = plan(lake)
    assert (planned.signed, planned.to_sign, planned.incremental) == (1, {"b": 1}, True)


@pytest.mark.parametrize("permutations", [64, 112, 128])
@pytest.mark.parametrize("threshold", [0.3, 0.45, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
def test_banding_is_the_optimum_of_datasketch(threshold: float, permutations: int) -> None:
    theirs = MinHashLSH(threshold=threshold, num_perm=permutations, weights=(0.2, 0.8))
    assert banding(threshold, permutations) == (theirs.b, theirs.r)


def test_banding_is_for_the_threshold() -> None:
    assert banding(1.0, 112) == (2, 56)
    assert banding(0.75, 112) == (14, 8)
    assert banding(0.7, 112) == (16, 7)
    assert probability(0.75, 14, 8) == pytest.approx(0.7753, abs=1e-4)
    assert probability(0.0, 14, 8) < 1e-17 + 14 / 256**8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Signing(view="both"), "Unknown view 'both'"),
        (lambda: Signing(unit="line"), "Unknown unit 'line'"),
        (lambda: Signing(permutations=100), "from 8 to 128 and a multiple of 8"),
        (lambda: Signing(ngram=0), "ngram: 0 is not a whole number from 1 to 64"),
        (lambda: Matching(threshold=1.5), "from 0.3 to 1"),
        (lambda: Matching(method="tree"), "Unknown way to cluster 'tree'"),
    ],
)
def test_wrong_parameters_are_named(wrong: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wrong()  # type: ignore[operator]


def test_explanations(lake: Lake) -> None:
    edited = STORY.replace("gulls cry", "gulls sing")
    a = fill(lake, "a", [("Tell me.", STORY), ("Tell me.", edited), ("Tell me.", STORY.upper()), ("lone", "wolf")])
    with pytest.raises(UsageError, match="not sought yet"):
        explain(lake, a[0])
    dedup(lake)
    near, copy, top, lone = (explain(lake, sample) for sample in (a[1], a[2], a[0], a[3]))
    assert near.verdict == f"{a[0]} stands for {a[1]}: exact Jaccard index 0.900 of their shingles."
    assert near.texts[0][1][-1] == (" sing", False)
    assert near.texts[0][1][0][1] is True
    assert near.texts[1][1][-1] == (" cry", False)
    assert copy.verdict == f"{a[2]} has the same text as {a[0]}, up to case and white space; {a[0]} stands for it."
    assert top.verdict == f"{a[0]} survives and stands for 2 others."
    assert lone.verdict == f"{a[3]} survives: no sample reaches the threshold 0.75 with it."
    assert (lone.pairs, lone.texts) == ((), ())
    with pytest.raises(UsageError, match="There is no sample 5"):
        explain(lake, 5)
