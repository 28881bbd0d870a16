"""What the command line, SQL or another host did to the lake, for Dagster to know; the cost follows the changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dagster_project import checks, versions
from dagster_project.metadata import metadata
from dagster_project.resources import LakeResource, marks_of
from dagster_project.versions import ALL_SCORED, OF_DATASETS, OF_SLICES, Held, Key, all_scored, last_told, whole
from lake.catalog import Lake
from lake.relations import run

_WHOLE = {
    "dataset_scores": "dataset_scores",
    "contamination": "contamination",
    "contamination_scans": "contamination",
    "datasets": "samples",
}
"""Relations that are not divided by dataset, and the facts they hold of one: looked at for all datasets."""


NOTHING = Held(0, "nothing")
"""What is told of an asset over all datasets of which the lake holds nothing any more."""

_SCORED = dg.AssetKey("scored")

_OTHERS = "made outside this Dagster: by the oda command, by SQL or on another host"
_ALL = "what the lake holds now of all of them, whoever made it"

AT_ONCE = 50
"""Datasets told of in one look, the others in the next: a look has a minute, and one that is cut short begins again."""


@dataclass(frozen=True)
class Cursor:
    """How far looks have come, as Dagster keeps it between them.

    - since: everything up to this snapshot was told of; None: nothing was.
    - through, of: where one look was not enough, the last dataset told of and the snapshot looked at first.
    """

    since: int | None = None
    of: int | None = None
    through: str = ""

    @classmethod
    def load(cls, text: str | None) -> Cursor:
        """From what a sensor kept; from nothing before the first look."""
        return cls(*json.loads(f"[{text}]")) if text else cls()

    def dump(self) -> str:
        """For a sensor to keep."""
        return json.dumps([self.since, self.of, self.through] if self.through else [self.since])[1:-1]


@dataclass(frozen=True)
class Changes:
    """What others changed after a snapshot.

    - snapshot: the one looked at now; datasets, slices: all there are.
    - touched: names of partitions of tables that others wrote or deleted, gone ones too; None: that is not known.
    - following: where the next look goes on.
    - held: what is new or other than it was, by asset and partition.
    """

    snapshot: int
    datasets: list[str]
    slices: list[str]
    touched: set[str] | None
    following: Cursor
    held: dict[Key, Held] = field(default_factory=dict)


def changes(lake: LakeResource, instance: dg.DagsterInstance, last: Cursor) -> Changes | None:
    """What changed that no run of this Dagster did, of some datasets at once; None where nothing did."""
    with lake.open(read_only=True) as now:
        snapshot = now.snapshot
        datasets, slices = _names(now, "dataset"), _names(now, "slice")
        if snapshot == last.since and not last.through:
            of_runs = _scored_anew(now, instance, {})
            return Changes(snapshot, datasets, slices, set(), last, of_runs) if of_runs else None
        since = last.since if last.since is not None and _known(now, last.since) else None
        parts, families, of_slices = set(datasets), set[str](), True
        if since is not None:
            touched = run(now.connection, "changed_parts", since=since, own=marks_of(instance)["dagster"]).fetchall()
            parts = {str(part) for _, part in touched if part is not None}
            families = {_WHOLE[relation] for relation, part in touched if part is None and relation in _WHOLE}
            of_slices = any(relation in ("slices", "exports") for relation, _ in touched)
        left = [name for name in datasets if name in parts and name > last.through]
        wanted, more = left[:AT_ONCE], len(left) > AT_ONCE
        others = [name for name in datasets if name not in parts]

        def looked(at: Lake) -> dict[Key, Held]:
            found = _held(at, wanted, OF_DATASETS)
            if more:
                return found
            return found | _held(at, others, families) | _held(at, slices if of_slices else [], OF_SLICES) | whole(at)

        held, before = looked(now), {}
        if since is not None:
            with lake.open(snapshot=since) as then:
                before = looked(then)
        # What lacks rows, after others came, is as stale as it was: telling of it would say that it is up to date.
        told = {key: value for key, value in held.items() if value.complete and before.get(key) != value}
        if not more:
            told |= {key: NOTHING for key in before.keys() - held.keys() if key[1] is None}
            told |= _scored_anew(now, instance, told)
    following = Cursor(last.since, last.of or snapshot, wanted[-1]) if more else Cursor(last.of or snapshot)
    return Changes(snapshot, datasets, slices, None if since is None else parts, following, told)


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
                description=_ALL if asset.path[0].startswith("all_") else _OTHERS,
                metadata=metadata({"dagster/row_count": held.rows, "snapshot": found.snapshot}),
                tags=known.tags(asset, held, f"snapshot {found.snapshot}"),
            )


def verdicts(graph: Any, found: Changes, lake: Lake) -> Iterator[dg.AssetCheckEvaluation]:
    """Checks of what changed, for its datasets and slices only: reading the lake is all that they take."""
    changed: dict[dg.AssetKey, list[str]] = {}
    for asset, partition in found.held:
        changed.setdefault(asset, []).extend([partition] if partition is not None else [])
    for asset in (key for key in graph.toposorted_asset_keys if key in changed):
        divided = graph.get(asset).partitions_def
        names = sorted(changed[asset]) if divided is not None else None
        yield from checks.evaluations(lake, checks.keys_of(asset), divided=divided, partitions=names, targets={})


def _scored_anew(lake: Lake, instance: dg.DagsterInstance, told: dict[Key, Held]) -> dict[Key, Held]:
    """All scores in one version, where runs told of others than it was told with, or this look does."""
    of = {partition: held.version for (asset, partition), held in told.items() if asset == _SCORED and partition}
    found = all_scored(instance, lake, of).get((ALL_SCORED, None))
    last = last_told(instance, ALL_SCORED)
    if found is None and last is not None:
        found = NOTHING
    return {(ALL_SCORED, None): found} if found and found.version != last else {}


def _known(lake: Lake, snapshot: int) -> bool:
    """Whether the lake still tells what changed after a snapshot: it has not expired, nor was it of another lake."""
    return bool(lake.rows("select count(*) from lake.snapshots() where snapshot_id = ?", [snapshot])[0][0])


def _names(lake: Lake, kind: str) -> list[str]:
    return [str(name) for (name,) in lake.rows(f"select {kind} from {kind}s order by {kind}")]


def _held(lake: Lake, partitions: list[str], families: Iterable[str]) -> dict[Key, Held]:
    return versions.contents(lake, [dg.AssetKey(family) for family in families], partitions) if partitions else {}
