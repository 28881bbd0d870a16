"""Where datasets stand in a drawing: layers by depth, few crossings, short edges; computed once, in plain loops.

Layered drawing after Sugiyama, Tagawa and Toda (1981): edges across several layers get a place in each, orders are
swept by barycentres, and heights are pulled to those of neighbours, kept apart by isotonic regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

APART, LAYERS = 48.0, 320.0
"""Distance of places in a layer and of layers."""

_SWEEPS = 12
_COLUMNS = 6


@dataclass(frozen=True)
class Place:
    """Where a dataset stands."""

    layer: int
    order: int
    x: float
    y: float


def layout(depth: Mapping[str, int], edges: Iterable[tuple[str, str]]) -> dict[str, Place]:
    """Places of datasets of an acyclic graph (child, parent): connected parts below each other, the loose ones last."""
    edges = sorted(set(edges))
    linked = {name for edge in edges for name in edge}
    places: dict[str, Place] = {}
    low = 0.0
    for part in _parts(linked, edges):
        found = _drawn({name: depth[name] for name in part}, [edge for edge in edges if edge[0] in part])
        top = min(y for _, y in found.values())
        for name, (order, y) in found.items():
            places[name] = Place(depth[name], order, LAYERS * depth[name], low + y - top)
        low = max(places[name].y for name in part) + 2 * APART
    for number, name in enumerate(sorted(set(depth) - linked)):
        column, row = number % _COLUMNS, number // _COLUMNS
        places[name] = Place(0, number, LAYERS * column, low + APART * row)
    return places


def _parts(names: Iterable[str], edges: list[tuple[str, str]]) -> list[set[str]]:
    """Connected parts, the largest first."""
    beside: dict[str, list[str]] = {name: [] for name in names}
    for child, parent in edges:
        beside[child].append(parent)
        beside[parent].append(child)
    parts, seen = [], set[str]()
    for name in sorted(beside):
        if name in seen:
            continue
        part, todo = {name}, [name]
        while todo:
            for other in beside[todo.pop()]:
                if other not in part:
                    part.add(other)
                    todo.append(other)
        seen |= part
        parts.append(part)
    return sorted(parts, key=lambda part: (-len(part), min(part)))


Point = tuple[str, int]
"""A dataset, or the point where an edge crosses a layer: its text and layer."""


def _drawn(depth: dict[str, int], edges: list[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    """(place in the layer, height) of each dataset of a connected part."""
    layers: dict[int, list[Point]] = {}
    for name in sorted(depth):
        layers.setdefault(depth[name], []).append((name, depth[name]))
    left: dict[Point, list[Point]] = {}
    right: dict[Point, list[Point]] = {}

    def join(near: Point, far: Point) -> None:
        right.setdefault(near, []).append(far)
        left.setdefault(far, []).append(near)

    for child, parent in edges:
        before: Point = (parent, depth[parent])
        for layer in range(depth[parent] + 1, depth[child]):
            crossing: Point = (f"{child}\n{parent}", layer)
            layers[layer].append(crossing)
            join(before, crossing)
            before = crossing
        join(before, (child, depth[child]))
    orders = [layers[layer] for layer in sorted(layers)]
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for points in orders if forward else reversed(orders):
            _by_barycentre(points, orders, left if forward else right)
    heights = {point: APART * number for points in orders for number, point in enumerate(points)}
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for points in orders if forward else reversed(orders):
            near = left if forward else right
            wanted = [median([heights[n] for n in near.get(p, ())] or [heights[p]]) for p in points]
            heights.update(zip(points, spread(wanted), strict=True))
    return {
        name: (number, heights[name, layer])
        for points in orders
        for number, (name, layer) in enumerate(points)
        if name in depth
    }


def _by_barycentre(points: list[Point], orders: list[list[Point]], near: Mapping[Point, list[Point]]) -> None:
    at = {point: place for others in orders for place, point in enumerate(others)}
    weight = {
        point: sum(at[n] for n in near[point]) / len(near[point]) if near.get(point) else float(at[point])
        for point in points
    }
    points.sort(key=lambda point: (weight[point], at[point]))


def spread(wanted: list[float]) -> list[float]:
    """Heights at least APART from each other, in this order, as near to the wanted ones as squares tell (PAVA)."""
    blocks: list[tuple[float, int]] = []  # mean of wanted heights less their offset, and how many
    for place, height in enumerate(wanted):
        mean, size = height - APART * place, 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    flat = [mean for mean, size in blocks for _ in range(size)]
    return [mean + APART * place for place, mean in enumerate(flat)]
