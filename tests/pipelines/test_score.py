"""Scoring: what is planned, computed, reused, replaced and shown, on lakes small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scoring_lake import fill, scores

from lake.catalog import Connection, Lake
from lake.errors import MissingExtraError, UnknownNameError
from pipelines.score import plan, score
from scorers.catalogue import Catalogue, find

SCORER = """
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(
    name="{name}", version="{version}", axes=({axes}), reads={reads}, corrections=("none",), {more}
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    {body}
"""

WORD_COUNT = 'return {"%s": Column.of([len((text or "").split()) for text in batch.text("response").to_pylist()])}'


def scorer(
    folder: Path,
    name: str,
    *,
    version: str = "1",
    body: str | None = None,
    axes: tuple[str, ...] = (),
    reads: tuple[str, ...] = ("response",),
    more: str = "",
) -> Path:
    """A scorer in a file of its own; by default it counts the words of the response."""
    folder.mkdir(exist_ok=True)
    declared = "".join(f'Axis("{axis}", "a test axis"), ' for axis in axes or (name,))
    path = folder / f"{name}.py"
    path.write_text(
        SCORER.format(name=name, version=version, axes=declared, reads=reads, body=body or WORD_COUNT % name, more=more)
    )
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine"


def counts(report: Any, axis: str, dataset: str) -> tuple[int, int, int]:
    (found,) = [entry for entry in report.axes if (entry.axis, entry.dataset) == (axis, dataset)]
    return found.scored, found.reused, found.skipped


def test_every_sample_gets_every_axis_once(lake: Lake) -> None:
    fill(lake, "chat", [("Say hi", "hi hi"), ("Say nothing", None), ("", "")])
    report = score(lake)
    assert len(scores(lake)) == 3 * 15
    assert report.computed == 3
    assert scores(lake, "str_length", "pure_think") == [
        (2**32, "pure_think", "1", -2.0, "ok", None),
        (2**32, "str_length", "1", 12.0, "ok", None),
        (2**32 + 1, "pure_think", "1", None, "not_applicable", "there is no response"),
        (2**32 + 1, "str_length", "1", 11.0, "ok", None),
        (2**32 + 2, "pure_think", "1", -2.0, "ok", None),
        (2**32 + 2, "str_length", "1", 0.0, "ok", None),
    ]
    (thinking,) = [axis for axis in report.axes if axis.axis == "pure_think"]
    assert thinking.statuses == {"ok": 2, "not_applicable": 1}
    assert thinking.coverage == pytest.approx(2 / 3)


def test_a_second_run_does_nothing(lake: Lake) -> None:
    fill(lake, "chat", [("a", "b"), ("c", "d")])
    score(lake)
    before, snapshot = scores(lake), lake.snapshot
    report = score(lake)
    assert (report.computed, report.refreshed, lake.snapshot) == (0, (), snapshot)
    assert all((axis.scored, axis.reused, axis.skipped) == (0, 0, 2) for axis in report.axes)
    assert scores(lake) == before


def test_only_the_named_axes_of_the_named_datasets_are_scored(lake: Lake) -> None:
    fill(lake, "one", [("a", "b")], number=1)
    fill(lake, "two", [("c", "d")], number=2)
    report = score(lake, datasets=["two"], axes=["str_length", "hdd"])
    assert {(row[0], row[1]) for row in scores(lake)} == {(2 * 2**32, "str_length"), (2 * 2**32, "hdd")}
    assert [(axis.dataset, axis.axis) for axis in report.axes] == [("two", "str_length"), ("two", "hdd")]


def test_new_rows_and_new_axes_are_the_only_work(lake: Lake) -> None:
    fill(lake, "chat", [("a", "b"), ("c", "d")])
    score(lake, axes=["str_length"])
    fill(lake, "more", [("e", "f")], number=2)
    report = score(lake, axes=["str_length", "hdd"])
    assert counts(report, "str_length", "chat") == (0, 0, 2)
    assert counts(report, "hdd", "chat") == (2, 0, 0)
    assert counts(report, "str_length", "more") == (1, 0, 0)


def test_equal_content_is_computed_once_and_copied(lake: Lake, mine: Path) -> None:
    fill(lake, "one", [("q", "a b"), ("q", "a b"), ("r", "c")], number=1)
    fill(lake, "two", [("q", "a b"), ("s", "d e f")], number=2)
    # A scorer that numbers its calls: a copy is seen by its equal value.
    scorer(
        mine,
        "serial",
        body="""
    global calls
    out = []
    for _ in range(len(batch)):
        calls = globals().get("calls", 0) + 1
        out.append(float(calls))
    return {"serial": Column.of(out)}""",
    )
    report = score(lake, axes=["serial"], scorers=find([mine]))
    values = {row[0] - 2**32: row[3] for row in scores(lake)}
    assert values[0] == values[1] == values[2**32]
    assert len(set(values.values())) == 3
    assert report.computed == 3
    assert counts(report, "serial", "one") == (3, 0, 0)
    assert counts(report, "serial", "two") == (2, 0, 0)


def test_equal_content_in_another_chunk_is_copied_too(lake: Lake) -> None:
    fill(lake, "chat", [("same", "text")] * 10 + [("other", "text")])
    report = score(lake, axes=["str_length"], chunk_rows=4)
    assert (report.computed, counts(report, "str_length", "chat")) == (2, (5, 6, 0))
    assert [row[3] for row in scores(lake)] == [9.0] * 10 + [10.0]


def test_what_content_ids_do_not_cover_is_never_copied(lake: Lake, mine: Path) -> None:
    scorer(
        mine,
        "answers",
        reads=("reference_answer",),
        body="""
    return {"answers": Column.of([float(text or 0) for text in batch.column("reference_answer").to_pylist()])}""",
    )
    fill(lake, "chat", [("q", "a"), ("q", "a")])
    lake.transact(lambda c: c.execute("update samples set reference_answer = row_no::varchar") and None, message="x")
    report = score(lake, axes=["answers"], scorers=find([mine]))
    assert report.computed == 2
    assert [row[3] for row in scores(lake)] == [0.0, 1.0]


def test_parity_replaces_the_canonical_form_and_back(lake: Lake) -> None:
    fill(lake, "chat", [("all", "different words"), ("cafe\u0301", None)])
    score(lake, axes=["mtld", "str_length"])
    assert [row[3] for row in scores(lake)] == [None, 19.0, None, 4.0]
    score(lake, axes=["mtld", "str_length"], parity=True)
    assert [(row[2], row[3]) for row in scores(lake)] == [
        ("1+parity", -1.0),
        ("1+parity", 19.0),
        ("1+parity", -1.0),
        ("1+parity", 5.0),
    ]
    assert lake.rows("select mtld, str_length from scored order by sample_id") == [(-1.0, 19.0), (-1.0, 5.0)]
    score(lake, axes=["mtld", "str_length"])
    assert [row[2] for row in scores(lake)] == ["1"] * 4


def test_a_bumped_version_replaces_every_score(lake: Lake, mine: Path) -> None:
    fill(lake, "chat", [("q", "a b"), ("q", "a b"), ("r", "c")])
    scorer(mine, "words")
    score(lake, axes=["words"], scorers=find([mine]), chunk_rows=2)
    scorer(mine, "words", version="2", body='return {"words": Column.of([9.0] * len(batch))}')
    assert [axis.to_run for axis in plan(lake, axes=["words"], scorers=find([mine])).axes] == [2]
    report = score(lake, axes=["words"], scorers=find([mine]))
    assert [(row[2], row[3]) for row in scores(lake)] == [("2", 9.0)] * 3
    assert counts(report, "words", "chat") == (3, 0, 0)
    assert lake.rows("select words from scored") == [(9.0,)] * 3


def test_a_failing_row_is_failed_with_its_reason_and_stops_nothing(lake: Lake, mine: Path) -> None:
    scorer(
        mine,
        "picky",
        body="""
    texts = batch.text("response").to_pylist()
    return {"picky": Column.of([1 / len(text) for text in texts])}""",
    )
    fill(lake, "chat", [("a", "xy"), ("b", ""), ("c", None), ("d", "xyzw")])
    report = score(lake, axes=["picky", "str_length"], scorers=_with(mine))
    assert [row[3:] for row in scores(lake, "picky")] == [
        (0.5, "ok", None),
        (None, "failed", "ZeroDivisionError: division by zero"),
        (None, "failed", "TypeError: object of type 'NoneType' has no len()"),
        (0.25, "ok", None),
    ]
    assert [axis.statuses for axis in report.axes if axis.axis == "picky"] == [{"ok": 2, "failed": 2}]
    assert [row[3] for row in scores(lake, "str_length")] == [4.0, 1.0, 1.0, 6.0]


def test_failed_rows_are_not_copied_to_equal_content(lake: Lake, mine: Path) -> None:
    scorer(mine, "picky", body='raise RuntimeError("no")')
    fill(lake, "one", [("q", "a")], number=1)
    score(lake, axes=["picky"], scorers=find([mine]))
    fill(lake, "two", [("q", "a")], number=2)
    report = score(lake, axes=["picky"], scorers=find([mine]))
    assert counts(report, "picky", "two") == (1, 0, 0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('return {"odd": Column.of([float("nan")] * len(batch))}', "the result is not a finite number"),
        ("return {}", "ValueError: the scorer gave no column for odd"),
        ('return {"odd": Column.of([1.0, 2.0, 3.0])}', "ValueError: the scorer gave 3 outcomes for 1 samples"),
    ],
)
def test_what_a_scorer_must_not_return_becomes_failed(lake: Lake, mine: Path, body: str, reason: str) -> None:
    scorer(mine, "odd", body=body)
    fill(lake, "chat", [("a", "b"), ("c", "d")])
    score(lake, axes=["odd"], scorers=find([mine]))
    assert [row[3:] for row in scores(lake)] == [(None, "failed", reason)] * 2


@pytest.mark.parametrize("value", [2.0**53, 16_777_217.0, -3.0, 1e300])
def test_whole_numbers_are_kept_exactly(lake: Lake, mine: Path, value: float) -> None:
    scorer(mine, "odd", body=f'return {{"odd": Column.of([{value!r}] * len(batch))}}')
    fill(lake, "chat", [("a", "b")])
    score(lake, axes=["odd"], scorers=find([mine]))
    assert [row[3] for row in scores(lake)] == [value]
    assert lake.rows("select odd from scored") == [(value,)]


def test_one_axis_of_a_scorer_of_two(lake: Lake, mine: Path) -> None:
    body = 'return {"up": Column.of([1.0] * len(batch)), "down": Column.of([2.0] * len(batch))}'
    scorer(mine, "both", axes=("up", "down"), body=body)
    fill(lake, "chat", [("a", "b")])
    score(lake, axes=["down"], scorers=find([mine]))
    assert [row[1:4] for row in scores(lake)] == [("down", "1", 2.0)]
    score(lake, scorers=find([mine]))
    assert [row[1:4] for row in scores(lake)] == [("down", "1", 2.0), ("up", "1", 1.0)]


def test_more_axes_than_bits_of_a_mask(lake: Lake, mine: Path) -> None:
    for number in range(70):
        scorer(mine, f"axis_{number}", body=f'return {{"axis_{number}": Column.of([{number}.0] * len(batch))}}')
    fill(lake, "chat", [("a", "b"), ("c", "d")])
    score(lake, scorers=find([mine]))
    assert sorted({(row[1], row[3]) for row in scores(lake)}) == sorted((f"axis_{n}", float(n)) for n in range(70))
    assert len(scores(lake)) == 140


def test_the_plan_counts_without_running(lake: Lake) -> None:
    fill(lake, "one", [("q", "a"), ("q", "a"), ("r", "b")], number=1)
    fill(lake, "two", [("q", "a"), ("s", "c"), ("s", "c"), ("t", "d")], number=2)
    score(lake, datasets=["one"], axes=["str_length"])
    snapshot = lake.snapshot
    planned = plan(lake, axes=["str_length", "hdd"])
    assert lake.snapshot == snapshot
    assert [(a.dataset, a.axis, a.samples, a.scored, a.reused, a.to_run) for a in planned.axes] == [
        ("one", "str_length", 3, 3, 0, 0),
        ("one", "hdd", 3, 0, 1, 2),
        ("two", "str_length", 4, 0, 2, 2),
        ("two", "hdd", 4, 0, 2, 2),
    ]
    assert planned.seconds == pytest.approx(sum(axis.seconds for axis in planned.axes))
    assert all((axis.seconds > 0) == (axis.to_run > 0) for axis in planned.axes)
    json.dumps(planned.as_dict())


@pytest.mark.parametrize("parity", [False, True])
def test_the_plan_is_what_a_run_does(lake: Lake, parity: bool) -> None:
    fill(lake, "one", [("q", "a"), ("q", "a"), ("r", "b")], number=1)
    fill(lake, "two", [("q", "a"), ("s", "c")], number=2)
    score(lake, datasets=["one"], axes=["hdd"], parity=parity)
    axes = ["str_length", "hdd"]
    planned = {(a.dataset, a.axis): a for a in plan(lake, datasets=["two"], axes=axes, parity=parity).axes}
    report = score(lake, datasets=["two"], axes=axes, parity=parity)
    for entry in report.axes:
        wanted = planned[entry.dataset, entry.axis]
        assert (entry.scored, entry.reused, entry.skipped) == (wanted.to_run, wanted.reused, wanted.scored)
        assert entry.scorer_version == wanted.scorer_version == ("1+parity" if parity else "1")
    json.dumps(report.as_dict())


def test_an_empty_lake_and_an_empty_dataset(lake: Lake) -> None:
    assert (plan(lake).axes, score(lake).axes) == ((), ())
    fill(lake, "none", [])
    assert [(a.samples, a.to_run, a.seconds) for a in plan(lake, axes=["hdd"]).axes] == [(0, 0, 0.0)]
    report = score(lake, axes=["hdd"])
    assert (report.computed, report.rows_per_second, report.axes[0].coverage) == (0, None, None)


def test_unknown_names_are_refused_with_close_matches_before_anything_runs(lake: Lake) -> None:
    fill(lake, "chat", [("a", "b")])
    with pytest.raises(UnknownNameError, match="Unknown axis 'str_lenght'") as caught:
        score(lake, axes=["hdd", "str_lenght"])
    assert "Did you mean str_length, token_length?" in caught.value.hint
    with pytest.raises(UnknownNameError, match="Unknown dataset 'chta'"):
        plan(lake, datasets=["chta"])
    assert scores(lake) == []


def test_axes_that_cannot_run_here_are_left_out_unless_named(lake: Lake, mine: Path) -> None:
    scorer(mine, "heavy", more='needs=("no_such_module_here",), extra="models"')
    fill(lake, "chat", [("a", "b")])
    assert score(lake, scorers=find([mine])).axes == ()
    with pytest.raises(MissingExtraError, match="models"):
        score(lake, axes=["heavy"], scorers=find([mine]))
    scorer(mine, "sets", more='level="dataset"')
    measured = score(lake, axes=["sets"], scorers=find([mine])).sets
    ((status, detail),) = [(m.status, m.detail) for m in measured]
    assert status == "failed"  # it treats the collection as a batch
    assert "AttributeError: 'Collection' object has no attribute" in str(detail)


def test_progress_reaches_its_total(lake: Lake) -> None:
    class Counted:
        total, done, finished = 0.0, 0.0, 0

        def start(self, label: str, total: float | None, unit: str = "rows") -> None:
            self.total += total or 0

        def advance(self, amount: float) -> None:
            self.done += amount

        def finish(self) -> None:
            self.finished += 1

    fill(lake, "chat", [("same", "x")] * 5 + [("b", "y"), ("c", "z")])
    for pieces in (2, 0):  # what is derived, and what is copied from it; then nothing
        seen = Counted()
        score(lake, axes=["hdd"], chunk_rows=3, progress=seen)
        assert seen.finished == pieces
        assert seen.total == seen.done == (7 if pieces else 0)


def test_commits_say_what_they_did(lake: Lake) -> None:
    fill(lake, "chat", [("a", "b")])
    score(lake, axes=["hdd"])
    messages = lake.snapshots().column("message").to_pylist()
    assert messages[:2] == ["refresh the wide scores of chat", "score chat: hdd"]


def test_a_replaced_sample_is_scored_again(lake: Lake) -> None:
    """Re-ingest drops the scores of what it replaces; what is pending follows from the tables alone."""
    fill(lake, "chat", [("a", "b"), ("c", "d")])
    score(lake, axes=["str_length"])

    def replace(connection: Connection) -> None:
        for table in ("samples", "scores", "scored_axes", "datasets"):
            connection.execute(f"delete from {table} where dataset = 'chat'")

    lake.transact(replace, message="drop")
    fill(lake, "chat", [("longer", "text")])
    score(lake, axes=["str_length"])
    assert lake.rows("select sample_id, str_length from scored") == [(2**32, 11.0)]


def _with(folder: Path) -> Catalogue:
    from scorers.catalogue import FAMILIES, ROOT

    return find([*(ROOT / family for family in FAMILIES), folder])
