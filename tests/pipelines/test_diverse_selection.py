"""Diverse selections: greedy choices against literal and exhaustive answers, and as slices that can be made again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from lakes import fresh
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from pipelines.curate import create_slice, slice_members, verify_slice
from pipelines.slicing.diverse import Vectors, facility_location, k_center

BASE = 2**32


def at(*degrees: float) -> Vectors:
    """Vectors of length 1 at these angles."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def drawn(n: int, seed: int) -> Vectors:
    found = np.random.default_rng(seed).standard_normal((n, 3))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def radius(vectors: Vectors, rows: tuple[int, ...]) -> float:
    distances = np.linalg.norm(vectors[:, None, :] - vectors[None, list(rows), :], axis=2)
    return float(distances.min(axis=1).max())


def reached(vectors: Vectors, rows: tuple[int, ...]) -> float:
    """Mean over all rows of (1 + cosine) / 2 with the nearest picked one."""
    return float(((1 + vectors @ vectors[list(rows)].T) / 2).max(axis=1).mean())


def test_k_center_goes_to_the_farthest() -> None:
    vectors = at(0, 10, 90, 170)
    found = k_center(vectors, np.ones(4), 3)
    assert found.rows.tolist() == [0, 3, 2]
    assert found.worth.tolist() == pytest.approx([np.inf, 2 * np.sin(np.deg2rad(85)), 2 * np.sin(np.deg2rad(40))])
    assert k_center(vectors, np.array([1.0, 1, 1, 5]), 4).rows.tolist() == [0]  # the farthest is beyond the budget
    assert k_center(vectors, np.ones(4), 0.5).rows.tolist() == []


def test_k_center_picks_no_copies() -> None:
    assert k_center(at(0, 0, 90, 90), np.ones(4), 4).rows.tolist() == [0, 2]


def test_k_center_is_within_twice_the_best() -> None:
    for seed in range(40):
        vectors = drawn(9, seed)
        found = k_center(vectors, np.ones(9), 3)
        best = min(radius(vectors, rows) for rows in itertools.combinations(range(9), 3))
        assert len(set(found.rows.tolist())) == 3
        assert radius(vectors, tuple(found.rows)) <= 2 * best + 1e-6


def test_facility_location_takes_the_middle_of_the_largest_group_first() -> None:
    """Of 0, 10 and 20 degrees the one at 10 is nearest to all; then the far one adds most."""
    vectors = at(0, 10, 20, 180)
    found = facility_location(vectors, np.ones(4), 2, ground=4)
    assert found.rows.tolist() == [1, 3]
    near, far = (1 + np.cos(np.deg2rad(10))) / 2, (1 + np.cos(np.deg2rad(170))) / 2
    assert found.worth.tolist() == pytest.approx([(1 + 2 * near + far) / 4, (1 - far) / 4])
    dear = facility_location(vectors, np.array([1.0, 5, 1, 1]), 2, ground=4)
    assert sorted(dear.rows.tolist()) in ([0, 3], [2, 3])  # the middle is beyond the budget


def test_lazy_greedy_is_greedy_and_reaches_its_share_of_the_best() -> None:
    for seed in range(40):
        vectors = drawn(9, seed)
        found = tuple(facility_location(vectors, np.ones(9), 3, ground=9).rows.tolist())
        plain: tuple[int, ...] = ()
        for _ in range(3):
            plain += (max((r for r in range(9) if r not in plain), key=lambda r: reached(vectors, (*plain, r))),)
        assert reached(vectors, found) == pytest.approx(reached(vectors, plain))  # ties may fall either way
        best = max(reached(vectors, rows) for rows in itertools.combinations(range(9), 3))
        assert reached(vectors, found) >= (1 - 1 / np.e) * best


def test_stochastic_greedy_reaches_its_share_in_the_mean() -> None:
    vectors = drawn(40, 3)
    whole = reached(vectors, tuple(facility_location(vectors, np.ones(40), 6, ground=40).rows))
    picked = [
        tuple(facility_location(vectors, np.ones(40), 6, ground=40, seed=seed, lazy=False).rows) for seed in range(20)
    ]
    assert all(len(set(rows)) == 6 for rows in picked)
    assert np.mean([reached(vectors, rows) for rows in picked]) > 0.95 * whole
    assert len(set(picked)) > 1
    assert picked[0] == tuple(facility_location(vectors, np.ones(40), 6, ground=40, seed=0, lazy=False).rows)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Five samples at 0, 2, 4, 90 and 180 degrees that cost 2, 2, 2, 4 and 9 tokens, a sixth without a vector."""
    with fresh(tmp_path_factory.mktemp("diverse") / "home", threads=1) as lake:
        ids = put(
            lake,
            "plain",
            [Sample(f"q{i}", "a") for i in range(6)],
            scores={"token_length": [2.0, 2.0, 2.0, 4.0, 9.0, 1.0]},
        )
        embed(lake, "plain", dict(zip(ids, at(0, 2, 4, 90, 180).tolist(), strict=False)), "m")
        put(lake, "bare", [Sample("none", "of these")])
        yield lake


def embed(lake: Lake, dataset: str, vectors: dict[int, list[float]], model: str) -> None:
    rows = [(i, dataset, model, "r", [3 * x for x in vector]) for i, vector in vectors.items()]
    lake.transact(
        lambda connection: connection.executemany("insert into embeddings values (?, ?, ?, ?, ?)", rows),
        message="vectors",
    )


def chosen(lake: Lake, recipe: str, **parameters: object) -> list[tuple[int, str]]:
    create_slice(lake, "chosen", recipe, parameters=parameters, replace=True)
    return [(row["sample_id"] % BASE, row["reason"]) for row in slice_members(lake, "chosen").to_pylist()]


@pytest.mark.slow
def test_k_center_as_a_slice_that_is_made_again(lake: Lake) -> None:
    report = create_slice(lake, "spread", "k_center", parameters={"budget": 3, "datasets": "plain"}, replace=True)
    assert report.warnings == ("1 of 6 samples have no embedding or no cost and could not be picked",)
    picked = slice_members(lake, "spread").to_pylist()
    assert {row["sample_id"] % BASE for row in picked} >= {3, 4}
    assert [row["reason"] for row in picked if "first" in row["reason"]] == ["the first, 1 spent"]
    check = verify_slice(lake, "spread")
    assert check.identical
    assert check.intact
    firsts = {next(i for i, reason in chosen(lake, "k_center", budget=1, seed=seed)) for seed in range(8)}
    assert len(firsts) > 1


@pytest.mark.slow
def test_facility_location_spends_tokens(lake: Lake) -> None:
    """One of the three near 0 costs 2 and is nearest to most; 180 degrees costs 9, so what is at 90 comes next."""
    found = chosen(lake, "facility_location", budget=7, cost="token_length", datasets="plain")
    assert [i for i, _ in found][-1] == 3
    assert len(found) == 2
    assert {reason.split(", ")[1] for _, reason in found} == {"2 spent", "6 spent"}
    assert verify_slice(lake, "chosen").identical


@pytest.mark.slow
def test_a_strategy_picks_within_a_slice(lake: Lake) -> None:
    create_slice(lake, "near", "select sample_id from samples where dataset = 'plain' and row_no < 3", replace=True)
    assert [i for i, _ in chosen(lake, "k_center", budget=2, within="near")] in ([0, 2], [0, 1], [1, 2])
    assert {i for i, _ in chosen(lake, "k_center", budget=9, within="near")} == {0, 1, 2}


@pytest.mark.slow
def test_what_is_not_embedded_is_said(lake: Lake) -> None:
    with pytest.raises(UsageError, match="No sample that slice 'chosen' could take is embedded"):
        chosen(lake, "k_center", datasets="bare")
    with pytest.raises(UnknownNameError, match="Unknown embedding model 'other'"):
        chosen(lake, "k_center", model="other")
    with pytest.raises(UnknownNameError, match="Unknown strategy 'k_centre'"):
        create_slice(lake, "chosen", "-- strategy: k_centre\nselect sample_id from picked", replace=True)


@pytest.mark.slow
def test_two_models_have_to_be_told_apart(lake: Lake) -> None:
    embed(lake, "bare", {lake.rows("select sample_id from samples where dataset = 'bare'")[0][0]: [1.0, 0.0, 0.0]}, "n")
    with pytest.raises(UsageError, match="embeddings of 2 models: m, n"):
        chosen(lake, "k_center")
    assert len(chosen(lake, "k_center", model="n")) == 1
