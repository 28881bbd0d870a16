"""The graph: cycles, what a path explains, depths and relatives, and where datasets are drawn."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.tracing.graph import acyclic, path_up, shape
from pipelines.tracing.layout import APART, LAYERS, layout, spread
from pipelines.tracing.licences import terms

DIAMOND = [("mix", "left"), ("mix", "right"), ("left", "root"), ("right", "root"), ("mix", "root")]


def test_a_cycle_loses_its_weakest_edge() -> None:
    weights = {("a", "b"): 3.0, ("b", "c"): 2.0, ("c", "a"): 1.0, ("d", "d"): 9.0, ("a", "d"): 0.1}
    assert acyclic(weights) == {("c", "a"): ("a", "b", "c"), ("d", "d"): ("d",)}
    assert acyclic({}) == {}


def test_what_follows_from_a_diamond() -> None:
    found = shape({"alone"}.union(*DIAMOND), DIAMOND)
    assert found.order.index("root") < found.order.index("left") < found.order.index("mix")
    assert found.depth == {"root": 0, "left": 1, "right": 1, "mix": 2, "alone": 0}
    assert found.ancestors == {"root": 0, "left": 1, "right": 1, "mix": 3, "alone": 0}
    assert found.descendants == {"root": 3, "left": 1, "right": 1, "mix": 0, "alone": 0}
    assert found.via == {("mix", "root"): "left"}


def test_the_shortest_way_up() -> None:
    parents = {"mix": ["left", "root"], "left": ["root"], "root": ["seed"]}
    assert path_up(parents, "mix", "seed") == ("mix", "root", "seed")
    assert path_up(parents, "seed", "mix") == ()


graphs = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (f"n{pair[0]}", f"n{pair[1]}")),
    st.floats(0, 4),
    max_size=40,
)


@given(graphs)
def test_without_the_edges_that_go_nobody_is_their_own_ancestor(weights: dict[tuple[str, str], float]) -> None:
    gone = acyclic(weights)
    kept = [edge for edge in weights if edge not in gone]
    found = shape({name for edge in weights for name in edge}, kept)  # raises for a cycle
    for edge, path in gone.items():  # each one that went contradicts stronger ones
        assert (path[0], path[-1]) == (edge[1], edge[0])
        for step in pairwise(path):
            assert weights[step] >= weights[edge]
            assert step in kept
    # The reduction loses nothing: every edge that is explained has a longer path among the others.
    above: dict[str, list[str]] = {}
    for child, parent in kept:
        if (child, parent) not in found.via:
            above.setdefault(child, []).append(parent)
    for child, parent in found.via:
        assert len(path_up(above, child, parent)) > 2


@given(graphs)
def test_a_drawing_has_parents_to_the_left_and_no_two_datasets_in_one_place(
    weights: dict[tuple[str, str], float],
) -> None:
    kept = [edge for edge in weights if edge not in acyclic(weights)]
    names = {name for edge in weights for name in edge}
    places = layout(shape(names, kept).depth, kept)
    assert places.keys() == names
    for child, parent in kept:
        assert places[parent].x + LAYERS <= places[child].x
    columns: dict[float, list[float]] = {}
    for place in places.values():
        columns.setdefault(place.x, []).append(place.y)
    for heights in columns.values():
        heights.sort()
        assert all(high - low >= APART - 1e-6 for low, high in pairwise(heights))
    assert layout(shape(names, kept).depth, list(reversed(kept))) == places  # the same whatever the order


def test_a_chain_is_drawn_straight_and_crossings_are_undone() -> None:
    chain = [("b", "a"), ("c", "b")]
    places = layout({"a": 0, "b": 1, "c": 2}, chain)
    assert {place.y for place in places.values()} == {0.0}
    crossed = [("x2", "y1"), ("x1", "y2"), ("x2", "z"), ("x1", "z")]
    drawn = layout({"y1": 0, "y2": 0, "z": 0, "x1": 1, "x2": 1}, crossed)
    assert (drawn["y1"].y < drawn["y2"].y) == (drawn["x2"].y < drawn["x1"].y)


def test_heights_are_kept_apart_with_the_least_movement() -> None:
    assert spread([0.0, 0.0]) == [-APART / 2, APART / 2]
    assert spread([0.0, 500.0]) == [0.0, 500.0]
    assert spread([]) == []


def test_what_licences_ask() -> None:
    assert terms("MIT") == ("attribution",)
    assert terms("CC BY-NC 4.0 (see the file): research use only") == ("attribution", "non_commercial")
    assert terms("cc-by-nc-nd-4.0, mit") == ("attribution", "no_derivatives", "non_commercial")
    assert terms("cc-by-sa-3.0") == ("attribution", "share_alike")
    assert terms("GPL-3.0") == ("share_alike",)
    assert terms("for research purposes only") == ("non_commercial",)
    assert terms("CC0-1.0") == ()
    assert terms("llama3.1") == terms("my own") == ("unknown",)
    assert terms(None) == terms("") == terms("none stated in the repo; upstream: MIT") == ("unstated",)
