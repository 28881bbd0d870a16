"""Clusters and survivors from verified pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from pipelines.deduping.clusters import REASONS, survivors


def stood_for(
    ordered: list[int], pairs: list[tuple[int, int, float]], copies: dict[int, int] | None = None, *, star: bool = False
) -> list[tuple[int, int, int, float | None, str]]:
    """(sample, survivor, cluster, similarity, reason), by sample."""
    leaders = [(copies or {}).get(sample, sample) for sample in ordered]
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    found = survivors(
        np.array(ordered, dtype=np.int64),
        np.array(leaders, dtype=np.int64),
        left,
        right,
        np.array([pair[2] for pair in pairs], dtype=np.float32),
        star=star,
    )
    return [
        (int(sample), int(survivor), int(cluster), None if np.isnan(value) else round(float(value), 3), REASONS[reason])
        for sample, survivor, cluster, value, reason in zip(*found, strict=True)
    ]


CHAIN = [(1, 2, 0.9), (2, 3, 0.8), (3, 4, 0.75)]


def test_nothing_in_nothing_out() -> None:
    assert stood_for([], []) == []
    assert stood_for([], [], star=True) == []


def test_whoever_is_linked_is_in_a_component() -> None:
    assert stood_for([1, 2, 3, 4], CHAIN) == [
        (2, 1, 1, 0.9, "near"),
        (3, 1, 1, None, "chain"),
        (4, 1, 1, None, "chain"),
    ]


def test_in_a_star_every_member_matches_its_survivor() -> None:
    assert stood_for([1, 2, 3, 4], CHAIN, star=True) == [(2, 1, 1, 0.9, "near"), (4, 3, 3, 0.75, "near")]


def test_the_preferred_sample_survives() -> None:
    assert stood_for([3, 1, 2, 4], CHAIN) == [(1, 3, 1, None, "chain"), (2, 3, 1, 0.8, "near"), (4, 3, 1, 0.75, "near")]
    assert stood_for([3, 1, 2, 4], CHAIN, star=True) == [(2, 3, 2, 0.8, "near"), (4, 3, 2, 0.75, "near")]


def test_copies_follow_the_sample_whose_text_they_have() -> None:
    # 5 and 6 have the text of 2; 6 is preferred to all.
    assert stood_for([6, 1, 2, 5], [(1, 2, 0.9)], {5: 2, 6: 2}) == [
        (1, 6, 1, 0.9, "near"),
        (2, 6, 1, 1.0, "exact"),
        (5, 6, 1, 1.0, "exact"),
    ]


@examples(100)
@given(data=st.data())
def test_the_order_of_pairs_changes_nothing_and_stars_hold(data: st.DataObject) -> None:
    edges = data.draw(
        st.lists(
            st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda e: e[0] < e[1]), unique=True, max_size=30
        )
    )
    pairs = [(a, b, 0.7 + 0.01 * ((a * 13 + b) % 30)) for a, b in edges]
    ordered = data.draw(st.permutations(sorted({node for edge in edges for node in edge})))
    star = data.draw(st.booleans())
    found = stood_for(list(ordered), pairs, star=star)
    assert stood_for(list(ordered), data.draw(st.permutations(pairs)), star=star) == found
    excluded = {row[0] for row in found}
    assert all(row[1] not in excluded for row in found)
    if star:
        assert all({(row[0], row[1]), (row[1], row[0])} & set(edges) for row in found)
