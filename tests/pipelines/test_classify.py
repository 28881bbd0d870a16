"""A classifier trained from two queries is an axis: reproducible, measured on held-out texts, known by its hash."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import pytest
from scoring_lake import fill, scores

from lake.catalog import Lake
from lake.errors import MissingExtraError, UsageError
from lake.locks import folder_lock
from pipelines.classify import ClassifierReport, fit_axis
from pipelines.classifying.classifier import Fitting, Labelled, split
from pipelines.score import score
from scorers.trained import one_line

SEA = ["wave", "harbour", "tide", "sail", "mast", "gull", "anchor", "shore"]
HILL = ["ridge", "summit", "slope", "goat", "meadow", "pass", "cairn", "scree"]


def texts(words: list[str], n: int, seed: int) -> list[tuple[str | None, str | None]]:
    chance = random.Random(seed)
    return [(f"Tell {k}", " ".join(chance.choices(words, k=12))) for k in range(n)]


@pytest.fixture
def two(lake: Lake) -> Lake:
    fill(lake, "sea", texts(SEA, 150, 1), number=1)
    fill(lake, "hill", texts(HILL, 150, 2), number=2)
    return lake


def small(**changes: object) -> Fitting:
    """A table of word pairs that is quickly written."""
    return Fitting(buckets=500, **changes)  # type: ignore[arg-type]


def trained(lake: Lake, name: str = "sea_like", **options: object) -> ClassifierReport:
    given = {
        "positive": "select sample_id from samples where dataset = 'sea'",
        "negative": "select sample_id from samples where dataset = 'hill'",
        "fitting": small(),
        **options,
    }
    return fit_axis(lake, name, **given)  # type: ignore[arg-type]


def test_it_tells_the_sides_apart_and_is_scored_like_any_axis(two: Lake) -> None:
    report = trained(two)
    assert (report.positives, report.negatives, report.ambiguous) == (150, 150, 0)
    assert report.trained_on + report.tested_on == 300
    assert 10 < report.tested_on < 60
    assert report.accuracy == 1.0
    score(two, axes=["sea_like"])
    found = two.rows("select dataset, min(sea_like), max(sea_like) from scored group by all order by 1")
    assert [(dataset, low >= 0, high <= 1) for dataset, low, high in found] == [
        ("hill", True, True),
        ("sea", True, True),
    ]
    assert found[0][2] < 0.5 < found[1][1]
    assert {row[2] for row in scores(two)} == {f"1+model={report.sha256[:12]}"}


def test_what_it_came_from_stands_beside_the_model(two: Lake) -> None:
    report = trained(two, description="Like a tale of the sea.")
    facts = json.loads(Path(report.path).read_text())
    model = Path(report.path).parent / facts["model"]
    assert hashlib.sha256(model.read_bytes()).hexdigest() == facts["sha256"] == report.sha256
    assert facts["positive"] == "select sample_id from samples where dataset = 'sea'"
    assert (facts["snapshot"], facts["trained_on"], facts["accuracy"]) == (two.snapshot, report.trained_on, 1.0)
    assert facts["description"] == "Like a tale of the sea."


def test_the_same_queries_make_the_same_model_and_another_seed_another(two: Lake) -> None:
    first = trained(two).sha256
    reordered = trained(
        two, positive="select sample_id from samples where dataset = 'sea' order by 1 desc", replace=True
    )
    assert reordered.sha256 == first
    assert trained(two, fitting=small(seed=2), replace=True).sha256 != first


def test_training_again_replaces_the_model_and_measures_again(two: Lake) -> None:
    old = trained(two)
    score(two, axes=["sea_like"])
    with pytest.raises(UsageError, match="'sea_like' is trained already"):
        trained(two)
    new = trained(two, fitting=small(view="response"), replace=True)
    assert [path.name for path in (two.settings.home / "scorers").glob("*.bin")] == [f"sea_like.{new.sha256[:12]}.bin"]
    assert new.sha256 != old.sha256
    assert score(two, axes=["sea_like"]).computed == 300
    assert {row[2] for row in scores(two)} == {f"1+model={new.sha256[:12]}"}


def test_what_killed_trainings_left_goes_and_nothing_else(two: Lake) -> None:
    folder = two.settings.home / "scorers"
    (folder / ".training-killed").mkdir(parents=True)
    (folder / ".training-alive").mkdir()
    (folder / f"sea_like.{hashlib.sha256(b'model').hexdigest()[:12]}.bin").write_bytes(b"model")
    (folder / "sea_like.0123456789ab.bin").write_bytes(b"named for another hash: of somebody else")
    (folder / "other.bin").touch()
    with folder_lock(folder / ".training-alive"):
        made = trained(two)
    kept = [".training-alive", "other.bin", "sea_like.0123456789ab.bin"]
    own = ["sea_like.axis.json", f"sea_like.{made.sha256[:12]}.bin"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept + own)


def test_texts_of_both_sides_are_used_by_neither(two: Lake) -> None:
    report = trained(two, negative="select sample_id from samples where dataset = 'hill' or row_no < 30")
    assert (report.positives, report.negatives, report.ambiguous) == (120, 150, 30)


def test_at_most_so_many_of_each_side(two: Lake) -> None:
    report = trained(two, fitting=small(at_most=40))
    assert (report.positives, report.negatives) == (40, 40)


def test_empty_texts_have_no_probability(two: Lake) -> None:
    trained(two, fitting=small(view="response"))
    fill(two, "bare", [("Say it", None), ("Say it", " \n"), ("Say it", "wave")], number=3)
    score(two, datasets=["bare"], axes=["sea_like"])
    found = [(status, reason) for _, _, _, _, status, reason in scores(two)]
    assert found == [("not_applicable", "the text is empty")] * 2 + [("ok", None)]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"positive": "select sample_id from samples limit 5"}, "The positive query gives 5 different texts"),
        ({"negative": "select dataset from samples"}, "of the negative samples gives no column sample_id"),
        ({"negative": "delete from samples"}, "of the negative samples must be one select"),
        ({"name": "Not-A-Name"}, "not a lower-case name"),
        ({"name": "mtld"}, r"'mtld' exists already, in .*mtld\.py"),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_nothing(
    two: Lake, options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        trained(two, **options)
    assert not (two.settings.home / "scorers").exists()


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"view": "prompt"}, "Unknown view 'prompt'"),
        ({"seed": -1}, "seed: -1 is not a whole number from 0 to 2,147,483,647"),
        ({"epochs": 0}, "epochs: 0 is not a whole number from 1"),
        ({"held_out": 1.5}, "held_out: 1.5 is not a number from 0 to 1"),
    ],
)
def test_settings_of_a_training_are_checked_when_they_are_made(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        small(**wrong)


def test_a_model_that_is_another_or_gone_is_refused(two: Lake) -> None:
    report = trained(two)
    model = Path(report.path).parent / f"sea_like.{report.sha256[:12]}.bin"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    with pytest.raises(UsageError, match="is not the one"):
        score(two, axes=["sea_like"])
    model.unlink()
    with pytest.raises(UsageError, match="of the axis 'sea_like' is missing") as caught:
        score(two, axes=["sea_like"])
    assert "oda axes train sea_like" in caught.value.hint
    assert scores(two) == []


def test_a_sidecar_that_says_too_little_is_named(two: Lake) -> None:
    (two.settings.home / "scorers").mkdir()
    (two.settings.home / "scorers" / "odd.axis.json").write_text('{"model": "x"}')
    with pytest.raises(UsageError, match=r"odd\.axis\.json does not describe a trained axis: sha256 is missing"):
        score(two, axes=["odd"])


def test_without_fasttext_the_extra_is_named(two: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(two)
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "fasttext" else found(name))
    with pytest.raises(MissingExtraError, match="needs the extra 'models'"):
        trained(two, "other")
    with pytest.raises(MissingExtraError, match=r"Axis 'sea_like' \(module fasttext\) needs the extra 'models'"):
        score(two, axes=["sea_like"])
    assert "sea_like" not in {axis.axis for axis in score(two, datasets=["sea"]).axes}


def test_texts_become_one_line_without_labels() -> None:
    assert one_line("a\n\tb  \0__label__positive c") == "a b labelpositive c"


def test_the_split_depends_on_texts_alone() -> None:
    labelled = [Labelled("__label__positive", f"text {n}") for n in range(200)]
    kept, held = split(labelled, Fitting())
    assert (sorted(kept + held), 5 < len(held) < 40) == (sorted(labelled), True)
    assert split(labelled[::-1], Fitting()) == (kept, held)
