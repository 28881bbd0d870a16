"""Calibrating an axis: labels in, agreement, biases and corrected means out, stored and shown wherever the axis is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scoring_lake import fill

from lake.catalog import Connection, Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from pipelines.calibrate import calibrate
from pipelines.calibrating.picture import draw
from pipelines.calibrating.states import states
from pipelines.command.judge import shaded
from pipelines.export import export
from pipelines.profile import profile
from scorers.catalogue import Catalogue, find

pytestmark = pytest.mark.slow

SCORER = '''
"""A judge for tests."""
from scorers.spec import Axis, Scorer
SCORER = Scorer("marked", "1", (Axis("marked", "how good", range=(1, 10), direction="higher"),))
def score(batch, settings):
    raise NotImplementedError
'''


@pytest.fixture
def scorers(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "scorers"
    folder.mkdir()
    (folder / "marked.py").write_text(SCORER)
    return find([folder])


def judged(lake: Lake, sizes: dict[str, int], seed: int = 5) -> dict[int, float]:
    """Datasets whose judge is two points too kind and noisy; sample id -> what people would say."""
    random = np.random.default_rng(seed)
    truth: dict[int, float] = {}
    for number, (dataset, n) in enumerate(sizes.items()):
        quality = random.integers(1, 8, n).astype(float) + number
        scores = np.clip(np.rint(quality + 2 + random.normal(0, 0.7, n)), 1, 10)
        lengths = random.integers(5, 400, n)
        pairs = [(f"{dataset} {row}", "x" * int(length)) for row, length in enumerate(lengths)]
        ids = fill(lake, dataset, pairs, number=number + 1)
        store(lake, dataset, ids, "marked", [float(score) for score in scores])
        truth |= {i: float(min(q, 10)) for i, q in zip(ids, quality, strict=True)}
    return truth


def store(
    lake: Lake,
    dataset: str,
    ids: list[int],
    axis: str,
    values: list[float | None],
    version: str = "1+judgements=judge_q@small@1",
) -> None:
    status = ["failed" if value is None else "ok" for value in values]
    n = len(ids)
    rows = pa.table(
        {
            "sample_id": ids,
            "dataset": [dataset] * n,
            "axis": [axis] * n,
            "scorer_version": [version] * n,
            "value": pa.array(values, pa.float64()),
            "status": status,
        }
    )

    def work(connection: Connection) -> None:
        connection.register("storing", rows)
        connection.execute("insert into scores by name from storing")
        connection.unregister("storing")

    lake.transact(work, message="by a judge")


def write(path: Path, labels: dict[int, float], **more: list[str]) -> Path:
    rows = [
        {"sample_id": i, "label": label, **{k: v[n] for k, v in more.items()}}
        for n, (i, label) in enumerate(labels.items())
    ]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        path.write_text("\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]))
    return path


def some(truth: dict[int, float], n: int) -> dict[int, float]:
    chosen = np.random.default_rng(1).permutation(list(truth))[:n]
    return {int(i): truth[int(i)] for i in chosen}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_judge_that_is_two_points_too_kind_is_found_out_and_corrected(lake, tmp_path, scorers, ending):
    truth = judged(lake, {"tales": 400})
    labels = write(tmp_path / f"labels.{ending}", some(truth, 120))
    report = calibrate(lake, "marked", labels=labels, scorers=scorers)
    assert (report.n, report.against, report.scorer_version) == (
        120,
        f"labels.{ending}",
        "1+judgements=judge_q@small@1",
    )
    assert 1.5 < report.shift.low < report.shift.value < report.shift.high < 2.3
    assert report.shift.biased
    assert report.kappa["quadratic"] > report.kappa["none"] > -1
    assert report.cut.threshold == 5.5
    mean, share = report.means
    actual = float(np.mean(list(truth.values())))
    assert mean.raw > actual + 1.5
    assert mean.corrected.low <= actual <= mean.corrected.high
    assert mean.corrected.high - mean.corrected.low < 0.6
    assert (mean.corrected.labelled, mean.corrected.unlabelled) == (120, 280)
    above = float(np.mean([t >= 5.5 for t in truth.values()]))
    assert share.corrected.low <= above <= share.corrected.high
    assert report.length is not None
    assert not report.length.biased


def test_what_was_measured_is_stored_once_a_version(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 60})
    first = calibrate(lake, "marked", labels=write(tmp_path / "a.csv", some(truth, 20)), scorers=scorers)
    second = calibrate(lake, "marked", labels=write(tmp_path / "b.csv", some(truth, 40)), scorers=scorers)
    assert first.labels_hash != second.labels_hash
    stored = lake.rows("select axis, scorer_version, against, n, kappa, youden from calibrations")
    assert stored == [
        ("marked", "1+judgements=judge_q@small@1", "b.csv", 40, second.kappa["quadratic"], second.cut.youden)
    ]
    means = lake.rows(
        "select dataset, method, value, labelled, unlabelled, detail from calibrated_means order by method"
    )
    assert means == [
        ("tales", "mean", second.means[0].corrected.value, 40, 20, None),
        ("tales", "share", second.means[1].corrected.value, 40, 20, None),
    ]
    report = json.loads(lake.rows("select report from calibrations")[0][0])
    assert report["confusion"]["counts"] == second.confusion.counts.tolist()
    assert "means" not in report


def test_a_dataset_is_corrected_by_its_own_labels_only(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 50, "forum": 50, "notes": 50})
    forum = set(lake.rows("select sample_id from samples where dataset = 'forum'"))
    few = dict(sorted(truth.items())[:30]) | dict(sorted(truth.items())[50:54])
    report = calibrate(lake, "marked", labels=write(tmp_path / "l.csv", few), scorers=scorers)
    assert len(forum) == 50
    found = {(each.dataset, each.method): each for each in report.means}
    assert found["tales", "mean"].corrected is not None
    assert found["forum", "mean"].corrected is None
    assert found["forum", "mean"].detail == "4 labels of its own, 10 are needed"
    assert found["notes", "mean"].detail == "0 labels of its own, 10 are needed"
    assert found["notes", "mean"].raw == pytest.approx(
        lake.rows("select avg(value) from scores where dataset = 'notes'")[0][0]
    )
    assert lake.rows("select value, detail from calibrated_means where dataset = 'notes' and method = 'mean'") == [
        (None, "0 labels of its own, 10 are needed")
    ]


def test_several_annotators_agree_among_themselves_too(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 40})
    chosen = some(truth, 15)
    path = tmp_path / "l.csv"
    lines = [
        f"{i},{label},{name}"
        for name, shift in (("ann", 0), ("bea", 1))
        for i, label in chosen.items()
        for label in [min(label + shift, 10)]
    ]
    path.write_text("\n".join(["sample_id,label,annotator", *lines[:-1]]))
    report = calibrate(lake, "marked", labels=path, scorers=scorers)
    assert report.n == 15
    assert 0 < report.human_alpha < 1
    assert report.alpha["interval"] < report.human_alpha
    last = list(chosen.values())
    assert report.shift.value == pytest.approx(
        np.mean(
            [
                s
                for (s,) in lake.rows(
                    "select value from scores where list_contains($ids, sample_id)", {"ids": list(chosen)}
                )
            ]
        )
        - np.mean([*(min(label + 0.5, (label + min(label + 1, 10)) / 2) for label in last[:-1]), last[-1]])
    )


def test_labels_by_content_reach_every_copy(lake, tmp_path, scorers):
    ids = fill(lake, "tales", [("same", "text"), ("same", "text"), *((f"q{n}", "a") for n in range(10))])
    store(lake, "tales", ids, "marked", [float(n % 9 + 1) for n in range(12)])
    contents = lake.rows("select distinct content_id::varchar from samples")
    path = tmp_path / "l.jsonl"
    path.write_text(
        "\n".join(json.dumps({"content_id": content, "label": n % 10 + 1}) for n, (content,) in enumerate(contents))
    )
    assert calibrate(lake, "marked", labels=path, scorers=scorers).n == 12
    rows = tmp_path / "r.jsonl"
    rows.write_text("\n".join(json.dumps({"dataset": "tales", "row_no": n, "label": n % 9 + 1}) for n in range(12)))
    exact = calibrate(lake, "marked", labels=rows, scorers=scorers)
    assert (exact.n, exact.kappa["quadratic"], exact.shift.value) == (12, 1.0, 0.0)


def test_the_scores_of_another_axis_are_labels(lake, scorers):
    values = [float(n % 9 + 1) for n in range(30)]
    ids = fill(lake, "tales", [(f"q{n}", "a") for n in range(30)])
    store(lake, "tales", ids, "marked", list(values))
    store(lake, "tales", ids, "other", [v if n % 3 else None for n, v in enumerate(values)], "1")
    report = calibrate(lake, "marked", against="other", scorers=scorers)
    assert (report.n, report.against, report.kappa["linear"]) == (20, "other", 1.0)
    with pytest.raises(UnknownNameError, match="others"):
        calibrate(lake, "marked", against="others", scorers=scorers)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample_id,score\n1,2", "has the columns sample_id, score"),
        ("id,label\n1,2", "has the columns id, label"),
        ("sample_id,label\n4294967296,eleven", "Label 1 of .* is 'eleven', not a number from 1 to 10"),
        ("sample_id,label\n4294967296,5\n4294967297,11", "Label 2 of .* is '11', not a number from 1 to 10"),
        ("sample_id,label\n4294967296,nan", "Label 1 of .* is 'nan', not a number from 1 to 10"),
        ("sample_id,label\n4294967296,5\n4294967296,6", "Label 2 of .* is of a sample that has one already"),
        ("", "Cannot read the labels|has the columns"),
    ],
)
def test_labels_that_are_wrong_are_refused_with_their_place(lake, tmp_path, scorers, text, message):
    judged(lake, {"tales": 20})
    path = tmp_path / "l.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        calibrate(lake, "marked", labels=path, scorers=scorers)
    assert lake.rows("from calibrations") == []


def test_labels_of_other_samples_are_counted_and_too_few_are_refused(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 20})
    path = write(tmp_path / "l.csv", some(truth, 12) | {1: 5.0, 2: 5.0})
    assert calibrate(lake, "marked", labels=path, scorers=scorers).unmatched == 2
    with pytest.raises(OdaError, match="0 of the labels in few.csv are of samples with a score on marked"):
        calibrate(lake, "marked", labels=write(tmp_path / "few.csv", {1: 5.0}), scorers=scorers)
    for wrong in (tmp_path / "l.txt", tmp_path / "nosuch.csv"):
        with pytest.raises(UsageError):
            calibrate(lake, "marked", labels=wrong, scorers=scorers)
    with pytest.raises(UsageError, match="from a file, from another axis or from another judge"):
        calibrate(lake, "marked", scorers=scorers)


def test_a_file_whose_name_is_a_pattern_is_that_file(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 20})
    path = write(tmp_path / "l[1]*.csv", some(truth, 12))
    write(tmp_path / "l1x.csv", some(truth, 20))
    assert calibrate(lake, "marked", labels=path, scorers=scorers).n == 12


def test_an_axis_of_a_judge_is_marked_until_its_version_is_calibrated(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 40})
    seen = "select axis, calibration from dataset_profile"
    assert lake.rows(seen) == [("marked", "uncalibrated")]
    assert [(each.axis, each.state, each.samples) for each in states(lake)] == [("marked", "uncalibrated", 40)]
    report = calibrate(lake, "marked", labels=write(tmp_path / "l.csv", some(truth, 30)), scorers=scorers)
    words = f"kappa {report.kappa['quadratic']:.2f}, 30 labels"
    assert lake.rows(seen) == [("marked", words)]
    assert states(lake)[0].state == words
    assert profile(lake).distributions[0].facts["calibration"] == words
    lake.transact(
        lambda c: c.execute("update scores set scorer_version = '1+judgements=judge_q@large@1'"),
        message="by another judge",
    )
    assert lake.rows(seen) == [("marked", "uncalibrated")]
    assert [(each.scorer_version, each.samples, each.state) for each in states(lake)] == [
        ("1+judgements=judge_q@large@1", 40, "uncalibrated"),
        ("1+judgements=judge_q@small@1", 0, words),
    ]


def test_an_export_says_on_its_card_what_is_not_calibrated(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 40})
    lake.transact(lambda c: c.execute("alter table scored_axes add column marked double"), message="a column")
    lake.transact(
        lambda c: c.execute("insert into scored_axes by name select sample_id, dataset, value as marked from scores"),
        message="its values",
    )
    export(lake, "tales", to="huggingface", out=tmp_path / "before")
    card = (tmp_path / "before" / "README.md").read_text()
    assert "| marked | 1+judgements=judge_q@small@1 | 40 | 100.0% | uncalibrated |" in card
    assert "An axis with a calibration holds opinions of a language model." in card
    report = calibrate(lake, "marked", labels=write(tmp_path / "l.csv", some(truth, 30)), scorers=scorers)
    export(lake, "tales", to="huggingface", out=tmp_path / "after")
    card = (tmp_path / "after" / "README.md").read_text()
    assert f"| 100.0% | kappa {report.kappa['quadratic']:.2f}, 30 labels |" in card
    manifest = json.loads((tmp_path / "after" / "manifest.json").read_bytes())
    assert manifest["axes"][0]["calibration"] == f"kappa {report.kappa['quadratic']:.2f}, 30 labels"


def test_an_axis_that_is_no_judges_is_not_marked(lake):
    store(lake, "tales", fill(lake, "tales", [("q", "a")]), "mtld", [1.0], "1")
    assert lake.rows("select calibration from dataset_profile") == [(None,)]
    assert states(lake) == []


def test_the_picture_and_the_shades_show_the_table(lake, tmp_path, scorers):
    truth = judged(lake, {"tales": 60, "forum": 60})
    report = calibrate(lake, "marked", labels=write(tmp_path / "l.csv", some(truth, 80)), scorers=scorers)
    draw(report, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(UsageError, match="is no picture"):
        draw(report, tmp_path / "p.txt")
    lines = shaded(report.confusion)
    assert len(lines) == len(report.confusion.labels) + 2
    assert any("█" in line for line in lines)
    assert lines[0].startswith(f"{report.confusion.labels[-1]:>8g} │")
