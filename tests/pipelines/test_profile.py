"""Profiles of a lake: distributions with shared bins, distances, correlations, and how a histogram is drawn."""

from __future__ import annotations

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError
from lake.formats.base import Sample
from pipelines.command.profile import bars
from pipelines.profile import Histogram, profile


@pytest.fixture
def measured(lake: Lake) -> Lake:
    samples = [Sample(instruction=f"Say {n}", response=f"{n}") for n in range(4)]
    put(lake, "a", samples, scores={"p": [1, 2, 3, 4], "q": [4, 3, 2, None]})
    put(lake, "b", samples, scores={"p": [5, 6, 7, 9]})
    return lake


def test_everything_of_two_datasets(measured: Lake) -> None:
    found = profile(measured, ["a", "b"])
    shapes = {(each.axis, each.dataset): each.histogram for each in found.distributions}
    assert list(shapes) == [("p", "a"), ("p", "b"), ("q", "a")]
    left, right = shapes["p", "a"], shapes["p", "b"]
    assert left is not None
    assert right is not None
    assert (left.low, left.width) == (right.low, right.width) == (1.0, pytest.approx(8 / 24))
    assert (sum(left.samples), sum(right.samples), len(left.samples)) == (4, 4, 24)
    assert left.samples[0] == right.samples[23] == 1
    facts = found.distributions[2].facts
    assert (facts["n"], facts["coverage"], facts["missing"], facts["median"]) == (3, 0.75, 1, 3.0)
    (distance,) = found.distances
    assert (distance.axis, distance.dataset, distance.other, distance.ks) == ("p", "a", "b", 1.0)
    assert distance.wasserstein == pytest.approx(4.25)
    (pair,) = found.correlations
    assert (pair.axis, pair.other, pair.n) == ("p", "q", 3)
    assert pair.spearman == pytest.approx(-1.0)


def test_many_datasets_are_compared_only_by_name(lake: Lake) -> None:
    names = [f"d{number}" for number in range(9)]
    for number, name in enumerate(names):
        put(lake, name, [Sample(instruction="Say", response="x")], scores={"p": [number]})
    assert len(profile(lake).distributions) == 9
    assert profile(lake).distances == ()
    assert len(profile(lake, names).distances) == 36
    assert len(profile(lake, names[:2]).distances) == 1


def test_one_dataset_and_some_axes(measured: Lake) -> None:
    found = profile(measured, ["a"], axes=["q"])
    assert [(each.dataset, each.axis) for each in found.distributions] == [("a", "q")]
    assert (found.distances, found.correlations) == ((), ())
    told = found.as_dict()
    assert told["distributions"][0]["histogram"]["samples"][0] == 1
    assert told["datasets"] == ["a"]


def test_an_axis_without_any_value_has_no_histogram(lake: Lake) -> None:
    put(lake, "a", [Sample(instruction="Say", response="x")], scores={"p": [None]})
    (each,) = profile(lake).distributions
    assert (each.histogram, each.facts["n"], each.facts["missing"]) == (None, 0, 1)


def test_an_empty_lake_has_an_empty_profile(lake: Lake) -> None:
    assert profile(lake).as_dict() == {"datasets": [], "distributions": [], "distances": [], "correlations": []}


def test_unknown_names(measured: Lake) -> None:
    with pytest.raises(UnknownNameError, match="Unknown dataset 'c'"):
        profile(measured, ["c"])
    with pytest.raises(UnknownNameError, match="Unknown scored axis 'r'"):
        profile(measured, ["a"], axes=["r"])


def test_bars_show_every_bin_that_holds_something() -> None:
    assert bars(Histogram(0.0, 1.0, (0, 1, 500, 1000))) == " ▁▄█"
    assert bars(Histogram(0.0, 0.0, (7,))) == "█"
    assert bars(None) == ""
