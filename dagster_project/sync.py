"""What the command line, SQL or another host did to the lake, for Dagster to know; the cost follows the changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dagster_project import versions
from dagster_project.metadata import metadata
from dagster_project.resources import LakeResource, marks_of
from dagster_project.versions import OF_DATASETS, OF_LAKE, OF_SLICES, Held, Key
from lake.catalog import Lake
from lake.errors import OdaError
from lake.relations import run

_WHOLE = {
    "dataset_scores": "dataset_scores",
    "contamination": "contamination",
    "contamination_scans": "contamination",
    "datasets": "samples",
}
"""Relations that are not divided by dataset, and the facts they hold of one: looked at for all datasets."""


@dataclass(frozen=True)
class Changes:
    """What others changed after a snapshot.

    - snapshot: the one looked at now; datasets, slices: all there are.
    - held: what is new or other than it was, by asset and partition.
    """

    snapshot: int
    datasets: list[str]
    slices: list[str]
    held: dict[Key, Held] = field(default_factory=dict)


def changes(lake: LakeResource, instance: dg.DagsterInstance, since: int | None) -> Changes | None:
    """What changed after a snapshot that no run of this Dagster did; None where nothing did.

    - since: the snapshot looked at last; None, or one that has expired: everything is new.
    """
    with lake.open(read_only=True) as now:
        snapshot = now.snapshot
        if snapshot == since:
            return None
        datasets, slices = _names(now, "dataset"), _names(now, "slice")
        if since is None:
            return Changes(snapshot, datasets, slices, _held(now, datasets, set(OF_DATASETS), slices))
        own = marks_of(instance)["dagster"]
        touched = run(now.connection, "changed_parts", since=since, own=own).fetchall()
        parts = {str(part) for _, part in touched if part is not None}
        families = {_WHOLE[relation] for relation, part in touched if part is None and relation in _WHOLE}
        relations = {relation for relation, _ in touched}
        wanted = [name for name in datasets if name in parts]
        held = _held(now, wanted, set(OF_DATASETS), slices if relations & {"slices", "exports"} else [])
        held |= _held(now, datasets, families, [])
        try:
            with lake.open(snapshot=since) as then:
                before = _held(then, wanted, set(OF_DATASETS), slices) | _held(then, datasets, families, [])
        except (OdaError, dg.Failure):  # it has expired
            before = {}
    told = {key: value for key, value in held.items() if before.get(key) != value}
    return Changes(snapshot, datasets, slices, told)


def report(instance: dg.DagsterInstance, graph: Any, found: Changes, lake: Lake) -> Iterator[dg.AssetMaterialization]:
    """An event for every change, what is made from others after those; each knows what was told before it.

    They are stored here one after the other, since what makes an asset stale is what is stored after it.
    """
    order = {key: place for place, key in enumerate(graph.toposorted_asset_keys)}
    levels: dict[int, list[Key]] = {}
    depth: dict[dg.AssetKey, int] = {}
    for key in order:
        node = graph.get(key)
        depth[key] = 1 + max((depth.get(parent, 0) for parent in node.parent_keys), default=0)
    for key in found.held:
        if key[0] in order:
            levels.setdefault(depth[key[0]], []).append(key)
    for level in sorted(levels):
        keys = sorted(levels[level], key=lambda key: (order[key[0]], key[1] or ""))
        known = versions.Known.now(instance, graph, lake, [asset for asset, _ in keys])
        for asset, partition in keys:
            held = found.held[asset, partition]
            yield dg.AssetMaterialization(
                asset_key=asset,
                partition=partition,
                description="made outside this Dagster: by the oda command, by SQL or on another host",
                metadata=metadata({"dagster/row_count": held.rows, "snapshot": found.snapshot}),
                tags=known.tags(asset, held, f"snapshot {found.snapshot}"),
            )


def _names(lake: Lake, kind: str) -> list[str]:
    return [str(name) for (name,) in lake.rows(f"select {kind} from {kind}s order by {kind}")]


def _held(lake: Lake, datasets: list[str], families: set[str], slices: list[str]) -> dict[Key, Held]:
    found: dict[Key, Held] = {}
    if datasets and families:
        found |= versions.contents(lake, [dg.AssetKey(family) for family in families], datasets)
    if slices:
        found |= versions.contents(lake, [dg.AssetKey(family) for family in OF_SLICES], slices)
    found |= versions.contents(lake, [dg.AssetKey(family) for family in OF_LAKE], [])
    # What lacks rows, after others came, is as stale as it was: telling of it would say that it is up to date.
    return {key: held for key, held in found.items() if held.complete}
