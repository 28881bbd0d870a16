"""What the lake holds of each asset and partition, and in which version: the lake is the truth, Dagster is told.

A version follows from contents (the source of a dataset, the versions of what computed its facts), so that doing
nothing again makes nothing stale, and a change makes stale exactly what is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import dagster as dg
from dagster import DagsterEventType

from dagster_project.internals import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from lake.catalog import Lake
from lake.relations import run

OF_DATASETS = ("samples", "scores", "scored", "dataset_profile", "dataset_scores", "embeddings", "contamination")
OF_SLICES = ("slices", "exports")
OF_LAKE = (
    "all_samples",
    "all_contamination",
    "all_evaluations",
    "near_duplicates",
    "dataset_overlaps",
    "dataset_lineage",
)
ALL_SCORED = dg.AssetKey("all_scored")

_MADE_OF = {"dataset_profile": "scored"}
"""Assets that store nothing themselves: what they tell of."""

Key = tuple[dg.AssetKey, str | None]
"""An asset and its partition."""


@dataclass(frozen=True)
class Held:
    """What is held of an asset and partition: rows, and a version that is equal for equal facts.

    - complete: whether no sample lacks what the asset tells of it.
    """

    rows: int
    version: str
    complete: bool = True


def contents(lake: Lake, assets: Iterable[dg.AssetKey], partitions: Sequence[str]) -> dict[Key, Held]:
    """What the lake holds of these assets in these partitions; nothing for an asset that it stores nothing of."""
    families = {key.path[0] for key in assets}
    found: dict[Key, Held] = {}
    if wanted := [family for family in OF_DATASETS if family in families]:
        stored = sorted({_MADE_OF.get(family, family) for family in wanted})
        rows = run(lake.connection, "held_datasets", datasets=list(partitions), families=stored).fetchall()
        for family, name, partition, n, version, complete in rows:
            for asset in (family, *(of for of, made in _MADE_OF.items() if made == family)):
                if asset in families:
                    found[dg.AssetKey([asset, name] if name else [asset]), partition] = Held(n, version, complete)
    if families & set(OF_SLICES):
        for family, partition, n, version in run(lake.connection, "held_slices", slices=list(partitions)).fetchall():
            found[dg.AssetKey(family), partition] = Held(n, version)
    if families & set(OF_LAKE):
        found |= whole(lake)
    return {key: held for key, held in found.items() if key[0].path[0] in families}


def whole(lake: Lake) -> dict[Key, Held]:
    """What the lake holds of assets over all of its datasets."""
    rows = run(lake.connection, "held_lake").fetchall()
    return {(dg.AssetKey(family), None): Held(n, version) for family, n, version in rows}


def all_scored(instance: dg.DagsterInstance, lake: Lake, told: Mapping[str, str] | None = None) -> dict[Key, Held]:
    """The wide table of all datasets in one version: of what was told of each, for reading all scores takes too long.

    - told: versions by dataset that are told next.
    """
    stored = instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey("scored"), DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION_TAG]
    )
    versions = {name: tags[DATA_VERSION_TAG] for name, tags in stored.items()} | dict(told or {})
    names = [str(name) for (name,) in lake.rows("select dataset from datasets order by dataset")]
    of_all = ", ".join(f"{name} {versions[name]}" for name in names if name in versions)
    if not of_all:
        return {}
    rows = int(lake.rows("select count(*) from scored_axes")[0][0])
    return {(ALL_SCORED, None): Held(rows, md5(of_all.encode(), usedforsecurity=False).hexdigest())}


def last_told(instance: dg.DagsterInstance, asset: dg.AssetKey) -> str | None:
    """The version of an asset without partitions as it was told last; None where it never was."""
    event = instance.get_latest_materialization_event(asset)
    made = event.asset_materialization if event else None
    return (made.tags or {}).get(DATA_VERSION_TAG, DEFAULT_DATA_VERSION.value) if made else None


@dataclass(frozen=True)
class Known:
    """What was known when a step or a look began: the graph, and the last event before it."""

    graph: Any
    pointer: int | None
    parents: dict[Key, Held]

    @classmethod
    def now(cls, instance: dg.DagsterInstance, graph: Any, lake: Lake, assets: Iterable[dg.AssetKey]) -> Known:
        """As of now, for these assets: what is told later was computed from everything that was told before."""
        pointer = instance.event_log_storage.get_maximum_record_id()
        parents = {parent for asset in assets for parent in graph.get(asset).parent_keys}
        undivided = {parent for parent in parents if graph.get(parent).partitions_def is None}
        held = whole(lake) if undivided & {dg.AssetKey(family) for family in OF_LAKE} else {}
        if ALL_SCORED in undivided:
            held |= all_scored(instance, lake)
        for parent in (parent for parent in undivided if (parent, None) not in held):
            held[parent, None] = Held(0, last_told(instance, parent) or DEFAULT_DATA_VERSION.value)
        return cls(graph, pointer, held)

    def tags(self, asset: dg.AssetKey, held: Held | None, run_id: str) -> dict[str, str]:
        """What a materialisation says of its version and its inputs, for Dagster to tell what is stale."""
        node = self.graph.get(asset)
        tags = {CODE_VERSION_TAG: node.code_version or (held.version if held else run_id)}
        if held:
            tags |= {DATA_VERSION_TAG: held.version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
        else:
            tags |= {DATA_VERSION_TAG: run_id}
        for parent in node.parent_keys - {asset}:
            of = self.parents.get((parent, None))
            tags[get_input_data_version_tag(parent)] = of.version if of else str(self.pointer)
            tags[get_input_event_pointer_tag(parent)] = str(self.pointer)
        return tags
