"""A step of a run over many partitions: one call for all of them, and each told, checked and failed on its own.

Dagster itself gives all partitions of a run the same metadata, and fails all of them where one fails. Here a step tells
of each partition as it is done; one that fails is tried alone, recorded as failed, and left out by what follows in the
same run, which goes on with the others (see `executors`). The run fails in the end, with its failed partitions only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster import DagsterEvent, DagsterEventType

from dagster_project import checks, events, versions
from dagster_project.conventions import with_code
from dagster_project.internals import StepOutputData, StepOutputHandle
from dagster_project.metadata import metadata
from dagster_project.partitions import ONE_RUN
from dagster_project.resources import LakeResource, explained, marks_of
from lake.catalog import Lake
from lake.errors import ConflictError
from lake.redaction import scrub
from pipelines.telling.shown import Facts
from scorers.engines.interface import NotLoadedError

TRIES = 3
"""How often a partition is tried whose commits lost every race."""

FAILED = "oda/failed"
"""Tag of the observation that a partition could not be brought up to date."""

_HELD_BACK = "What it is made from failed in this run, or is held back by a check."


@dataclass(frozen=True)
class Told:
    """What is told of a partition of an asset that was brought up to date; partition: None where it has none."""

    asset: dg.AssetKey
    partition: str | None
    facts: Facts


@dataclass(frozen=True)
class Work:
    """Brings partitions up to date and tells of each; done again, it does what is left.

    - do: called with the lake and partitions; with none for assets that have none.
    - together: whether one call is for all partitions, so that a model is loaded once; else for each.
    - needed: whether what follows in a run waits in vain where no partition was done; else it does without.
    - any_parent: whether it is done for a partition for which only some of what it is made from failed.
    - changes: whether it changes what the lake holds; else that is looked up once, for all partitions.
    """

    do: Callable[[Lake, list[str]], Iterable[Told]]
    together: bool = True
    changes: bool = True
    needed: bool = True
    any_parent: bool = False


def asset_step(
    name: str,
    specs: Sequence[dg.AssetSpec],
    *,
    partitions: dg.PartitionsDefinition[Any] | None = None,
    pool: str | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of a step: its assets, their checks, and one run for a backfill."""
    divided = [spec.replace_attributes(partitions_def=partitions) for spec in specs]
    made = dg.multi_asset(
        name=name,
        specs=divided,
        check_specs=[check for spec in divided for check in checks.specs_of(spec.key, partitions)],
        partitions_def=partitions,
        backfill_policy=ONE_RUN if partitions is not None else None,
        can_subset=True,
        pool=pool,
    )
    return lambda step: with_code(made(step))


def single(
    name: str,
    *,
    description: str,
    group: str,
    kinds: set[str],
    deps: Sequence[Any] = (),
    partitions: dg.PartitionsDefinition[Any] | None = None,
    follows: dg.AutomationCondition[Any] | None = None,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """The decorator of a step that makes one asset; follows: when it does so by itself."""
    spec = dg.AssetSpec(
        name, description=description, group_name=group, kinds=kinds, deps=deps, automation_condition=follows
    )
    return asset_step(name, [spec], partitions=partitions)


def each(asset: str, one: Callable[[Lake, str], Facts], *, any_parent: bool = False, changes: bool = True) -> Work:
    """The work of an asset whose partitions have nothing in common."""

    def do(lake: Lake, names: list[str]) -> Iterator[Told]:
        for name in names:
            yield Told(dg.AssetKey(asset), name, one(lake, name))

    return Work(do, together=False, any_parent=any_parent, changes=changes)


def once(asset: str, make: Callable[[Lake], Facts]) -> Work:
    """The work of an asset over the whole lake."""
    return Work(lambda lake, _names: [Told(dg.AssetKey(asset), None, make(lake))])


def run_step(context: dg.AssetExecutionContext, lake: LakeResource, work: Work) -> Iterator[Any]:
    """Do the work of a step for the partitions of its run, as events of Dagster; raises Failure where some failed."""
    step = Step(context)
    with lake.open(marks=marks_of(context.instance, context.run.run_id)) as opened:
        yield from step.done(opened, work)
        yield from step.checked(opened)
    yield from step.outputs(needed=work.needed)
    step.conclude()


@dataclass
class Step:
    """The state of a step: which partitions are done, which failed or are held back, and why.

    The run has no partitions where the assets have none, or where checks are run by themselves.
    """

    context: dg.AssetExecutionContext
    finished: list[str] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        context = self.context
        self.graph = context.job_def.asset_layer.asset_graph
        chosen = context.selected_asset_keys
        self.assets = [key for key in self.graph.toposorted_asset_keys if key in chosen]
        self.divided = context.assets_def.partitions_def
        in_partitions = context.has_partition_key or context.has_partition_key_range
        self.of_partitions = self.divided is not None and in_partitions
        self.named = list(context.partition_keys) if self.of_partitions else []

    def done(self, lake: Lake, work: Work) -> Iterator[Any]:
        """Bring the selected assets up to date and tell of each partition as soon as it is."""
        if not self.assets:
            return
        known = versions.Known.now(self.context.instance, self.graph, lake, self.assets)
        if not self.of_partitions:
            yield from self._materialisations(lake, list(work.do(lake, [])), known)
            return
        left_out = self._failed_before(any_parent=work.any_parent)
        for name in left_out:
            yield from self._failures(name, _HELD_BACK)
        todo = [name for name in self.named if name not in left_out]
        held = None if work.changes else versions.contents(lake, self.assets, todo)
        for names in [todo] if work.together else [[name] for name in todo]:
            for outcome in _isolated(lake, work, names):
                if isinstance(outcome, _Failed):
                    self.failed[outcome.name] = outcome.error
                    self.context.log.error(f"{outcome.name}: {outcome.error}")
                    yield from self._failures(outcome.name, str(outcome.error))
                else:
                    yield from self._materialisations(lake, outcome, known, held)

    def checked(self, lake: Lake) -> Iterator[Any]:
        """Evaluate the selected checks for what was done, or for all there is where they were run by themselves."""
        chosen = self.context.selected_asset_check_keys
        if not chosen:
            return
        names = self.finished if self.assets else (self.named or None)
        targets = self._targets({key.asset_key for key in chosen}, names)
        for found in checks.evaluations(lake, chosen, divided=self.divided, partitions=names, targets=targets):
            yield events.evaluated(self.context, found)
            if checks.holds_back(found):
                self.held.setdefault(found.partition or "", []).append(found.check_name)

    def outputs(self, *, needed: bool) -> Iterator[Any]:
        """Let what follows in this run begin; nothing follows where no partition was done of what is needed.

        As events and not as outputs: for an output Dagster would tell of every partition of the run once more.
        """
        sound = set(self.finished) - self.held.keys()
        if "" in self.held or (needed and self.assets and self.of_partitions and not sound):
            return
        step = self.context.get_step_execution_context()
        for name in sorted(step.selected_output_names):
            yield DagsterEvent.step_output_event(step, StepOutputData(StepOutputHandle(step.step.key, name)))

    def conclude(self) -> None:
        """Fail the step, and with it the run, where partitions failed or are held back; says which and why."""
        if len(self.named) == 1 and self.failed:
            (error,) = self.failed.values()
            with explained():
                raise error
        reasons = [f"{name}: {error}" for name, error in self.failed.items()]
        reasons += [f"{name or 'all'}: held back by {', '.join(by)}" for name, by in self.held.items()]
        if reasons:
            of = f"{len(reasons)} of {len(self.named)} partitions:\n" if len(self.named) > 1 else ""
            raise dg.Failure(description=of + "\n".join(reasons), allow_retries=False)

    def _materialisations(
        self, lake: Lake, told: list[Told], known: versions.Known, held: dict[versions.Key, versions.Held] | None = None
    ) -> Iterator[Any]:
        names = list(dict.fromkeys(each.partition for each in told if each.partition is not None))
        held = versions.contents(lake, self.assets, names) if held is None else held
        if versions.ALL_SCORED in self.assets:
            held |= versions.all_scored(self.context.instance, lake)
        order = {key: place for place, key in enumerate(self.assets)}
        for each in sorted(told, key=lambda each: order[each.asset]):
            if self.graph.get(each.asset).parent_keys & order.keys():
                known = versions.Known.now(self.context.instance, self.graph, lake, self.assets)
            tags = known.tags(each.asset, held.get((each.asset, each.partition)), self.context.run.run_id)
            told_of = metadata(each.facts)
            made = dg.AssetMaterialization(each.asset, partition=each.partition, metadata=told_of, tags=tags)
            yield events.materialised(self.context, made)
        self.finished += names

    def _failures(self, name: str, why: str) -> Iterator[dg.AssetObservation]:
        """What the partition's page and the steps that follow are told; Dagster keeps no event for one that failed."""
        for key in self.assets:
            yield dg.AssetObservation(key, partition=name, description=why, tags={FAILED: "true"})

    def _targets(
        self, assets: set[dg.AssetKey], names: list[str] | None
    ) -> dict[tuple[dg.AssetKey, str], checks.Target]:
        """The last materialisation of each partition, as that which checks look at."""
        if self.divided is None or not self.assets:
            return {}
        found = {}
        for asset in sorted(assets):
            last = self.context.instance.event_log_storage.get_latest_storage_id_by_partition(
                asset, DagsterEventType.ASSET_MATERIALIZATION, set(names or ())
            )
            for name, storage_id in last.items():
                found[asset, name] = checks.Target(
                    storage_id=storage_id, run_id=self.context.run.run_id, timestamp=time.time()
                )
        return found

    def _failed_before(self, *, any_parent: bool) -> list[str]:
        """Partitions of the run for which what these assets are made from failed in it, or was held back.

        - any_parent: those for which all of it did.
        """
        parents = {
            parent
            for key in self.assets
            for parent in self.graph.get(key).parent_keys
            if self.graph.get(parent).partitions_def == self.divided and parent not in self.assets
        } & set(self.context.job_def.asset_layer.selected_asset_keys)
        found = self.context.instance.get_records_for_run(
            self.context.run.run_id,
            of_type={DagsterEventType.ASSET_OBSERVATION, DagsterEventType.ASSET_CHECK_EVALUATION},
        )
        lost: dict[str, set[dg.AssetKey]] = {}
        for record in found.records:
            event = record.event_log_entry.dagster_event
            said: Any = event.event_specific_data if event else None
            seen = getattr(said, "asset_observation", None)
            if seen is not None and FAILED in seen.tags:
                lost.setdefault(seen.partition, set()).add(seen.asset_key)
            elif isinstance(said, checks.Evaluation) and checks.holds_back(said):
                lost.setdefault(said.partition or "", set()).add(said.asset_key)
        by = {name: of & parents for name, of in lost.items() if of & parents}
        return [name for name in self.named if name in by and (by[name] == parents or not any_parent)]


@dataclass(frozen=True)
class _Failed:
    name: str
    error: Exception


def _isolated(lake: Lake, work: Work, names: list[str]) -> Iterator[list[Told] | _Failed]:
    """What was done of these partitions; where a call fails, halves of it are tried, down to the ones that fail.

    What a failed call has committed is not done again, so that this costs a call more for each halving.
    """
    if not names:
        return
    for attempt in range(TRIES if len(names) == 1 else 1):
        try:
            done = list(work.do(lake, names))
        except Exception as error:
            scrub(error)
            if isinstance(error, NotLoadedError):  # as it would for every half of them
                yield from (_Failed(name, error) for name in names)
                return
            if len(names) == 1 and not (isinstance(error, ConflictError) and attempt + 1 < TRIES):
                yield _Failed(names[0], error)
                return
            continue
        yield done
        return
    middle = len(names) // 2
    yield from _isolated(lake, work, names[:middle])
    yield from _isolated(lake, work, names[middle:])
