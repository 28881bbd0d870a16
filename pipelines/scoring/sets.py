"""Axes of whole datasets: what is pending, measure it, and one commit an axis.

A measure holds while the samples and vectors it was computed from are there: their digest is stored with it, checked
before measuring and again inside the commit. An axis of samples that needs the whole dataset stores its scores and,
as its measure, their mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lake.catalog import Connection, Lake
from lake.errors import OdaError, is_interrupt
from lake.relations import run
from lake.rows import delete, put
from lake.staging import discarded_on_failure
from lake.tables import DATASET_SCORES, SCORES
from pipelines.deriving.files import stage
from pipelines.deriving.guard import commit_unless_moved, until_it_holds
from pipelines.scoring.collection import Collected, Contents, collected, contents, subset
from pipelines.scoring.compute import Longs
from pipelines.scoring.needs import Need
from pipelines.scoring.reports import SetReport
from pipelines.scoring.rows import STORED_SCORES, score_rows
from pipelines.scoring.selection import ScorerRun
from pipelines.scoring.set_signals import SetSignals
from pipelines.signalling.pair_run import PairRun
from pipelines.signalling.pairs import Pairs
from scorers.batch import Absence, Column
from scorers.collection import DatasetScore
from scorers.sets.directions import NO_DIRECTION
from scorers.spec import EMBEDDINGS, StoredRows

_REASON_LENGTH = 500

UNASKED = "unasked"
"""The fact of a measure that tells of how many pairs of contents the model had not been asked about."""


@dataclass(frozen=True)
class SetScoring:
    """Set scorers over the datasets of a lake.

    - reader: a second connection to the same database, for texts and vectors.
    - strict: whether an axis that lacks what it needs is stored as not applicable, or left out.
    - asking: what asks models about samples after an example; None where only what is stored is read.
    """

    lake: Lake
    reader: Connection
    works: tuple[ScorerRun, ...]
    strict: bool
    asking: PairRun | None = None

    def bring_up_to_date(self, dataset: str) -> Iterator[SetReport]:
        """DatasetScore the dataset on every axis that is not up to date; one report for every wanted axis."""
        done: set[str] = set()
        able = until_it_holds(lambda: self._measure_pending(dataset, done), of=dataset)
        for work in able:
            yield from _reports(self.lake, work, dataset, computed=work.entry.scorer.name in done)

    def _measure_pending(self, dataset: str, done: set[str]) -> list[ScorerRun]:
        """DatasetScore what is pending and name it in `done`; the works that apply. Raises StaleRead when overtaken."""
        able, todo, held = pending_sets(self.lake, self.works, dataset, strict=self.strict, asking=self.asking)
        columns = sorted({column for work in todo for column in work.entry.scorer.reads})
        if todo:
            with collected(self.lake, self.reader, dataset, held, columns=columns or ["response"]) as held_rows:
                for work in todo:
                    pairs = paired(self.lake, self.reader, work, held_rows)
                    unasked = sum(self._unasked(work, dataset, pairs))
                    found = self._measure(work, dataset, held, held_rows, pairs)
                    if unasked:
                        told = {UNASKED: unasked}
                        found = {axis: replace(each, facts={**each.facts, **told}) for axis, each in found.items()}
                    self._store(work, dataset, held, found, held_rows)
                    done.add(work.entry.scorer.name)
        return able

    def _unasked(self, work: ScorerRun, dataset: str, pairs: Mapping[StoredRows, Pairs]) -> Iterator[int]:
        """Ask models what is missing, where that is wanted; how many pairs of contents still have no row."""
        for need in work.pairs:
            if need.rows in pairs:
                asking = self.asking if need.producer else None
                yield asking.ask(dataset, pairs[need.rows]) if asking else len(pairs[need.rows].pending())

    def _measure(
        self,
        work: ScorerRun,
        dataset: str,
        held: Contents,
        found_rows: Collected,
        pairs: Mapping[StoredRows, Pairs],
    ) -> dict[str, DatasetScore]:
        model = self.lake.settings.embedding_model
        signals = SetSignals(self.reader, dataset, work.needs, pairs, found_rows.ids)
        collection = found_rows.rows.reading(signals)
        absent = None
        if not collection.samples:
            absent = DatasetScore.absent("the dataset has no samples")
        elif needs_vectors(work) and not len(collection):
            absent = DatasetScore.absent(
                NO_DIRECTION
                if len(found_rows.undirected)
                else f"no sample has an embedding of {model}; run: oda embed {dataset}"
            )
        elif name := work.settings.get("subset"):
            reason = subset(self.lake.connection, name, model, held.revision).absence(name, model)
            absent = DatasetScore.absent(reason) if reason else None
        if absent:
            return dict.fromkeys(work.axes, absent)
        try:
            found: Any = work.entry.score(collection, work.settings)  # type: ignore[arg-type]
        except (OdaError, MemoryError):
            raise
        except Exception as error:
            if is_interrupt(error):
                raise
            reason = f"{type(error).__name__}: {error}"[:_REASON_LENGTH]
            return dict.fromkeys(work.axes, DatasetScore.absent(reason, status="failed"))
        for axis in work.axes:
            if not isinstance(found.get(axis), DatasetScore):
                found[axis] = DatasetScore.absent(f"the scorer gave no measure for {axis}", status="failed")
        ranges = {axis.name: axis.range for axis in work.entry.scorer.axes}
        return {axis: found[axis].within(*ranges[axis]) for axis in work.axes}

    def _store(
        self,
        work: ScorerRun,
        dataset: str,
        held: Contents,
        found: dict[str, DatasetScore],
        from_rows: Collected,
    ) -> None:
        model = self.lake.settings.embedding_model
        parameters: dict[str, Any] = dict(work.settings)
        if needs_vectors(work):
            parameters |= {"model": model, "revision": held.revision}
        fingerprint = _fingerprint(self.lake.connection, work, dataset, held, model)
        lacking = len(from_rows.undirected) if needs_vectors(work) else 0
        without = {"without_direction": lacking} if lacking else {}
        rows = [
            {
                "dataset": dataset,
                "axis": axis,
                "scorer_version": work.version,
                "value": found[axis].value,
                "status": found[axis].status,
                "n": (n := 0 if found[axis].value is None else found[axis].n),
                "coverage": n / held.samples if held.samples else None,
                "parameters": json.dumps(parameters),
                "detail": found[axis].reason,
                "facts": json.dumps({**found[axis].facts, **without}),
                "fingerprint": fingerprint,
            }
            for axis in work.axes
        ]
        files: list[Path] = []

        def look(connection: Connection) -> str:
            return _fingerprint(connection, work, dataset, contents(connection, dataset, model), model)

        def write(connection: Connection) -> None:
            if files:
                connection.execute(
                    "delete from scores where dataset = ? and axis in (select unnest(?))", [dataset, list(work.axes)]
                )
                self.lake.add_files(connection, SCORES, files)
            _replace(connection, dataset, rows)

        with discarded_on_failure(files):
            if work.entry.scorer.whole_set and held.samples:
                outcomes = (self._per_sample(dataset, found[axis], from_rows) for axis in work.axes)
                made = {position: score_rows(*outcome) for position, outcome in enumerate(outcomes)}
                wanted = tuple((axis, work.version) for axis in work.axes)
                stage(self.lake, STORED_SCORES, wanted, made, files)
            commit_unless_moved(
                self.lake,
                seen=fingerprint,
                look=look,
                write=write,
                message=f"measure {dataset}: {', '.join(work.axes)}",
                staged=files,
            )

    def _per_sample(self, dataset: str, measure: DatasetScore, from_rows: Collected) -> tuple[Longs, Column]:
        """An outcome for every sample of the dataset, also for those without a vector."""
        table = self.lake.query("select sample_id from samples where dataset = ? order by sample_id", [dataset])
        every: Longs = table.column("sample_id").to_numpy()
        if measure.column is None:
            absence = Absence(np.ones(len(every), bool), measure.status, measure.reason or "no value")
            return every, Column.of(np.zeros(len(every)), [absence])
        values, codes = np.zeros(len(every)), np.full(len(every), len(measure.column.absences) + 1, np.int32)
        codes[np.searchsorted(every, from_rows.undirected)] += 1
        places = np.searchsorted(every, from_rows.ids)
        values[places], codes[places] = measure.column.values, measure.column.codes
        lacking = ("not_applicable", f"the sample has no embedding of {self.lake.settings.embedding_model}")
        return every, Column(values, codes, (*measure.column.absences, lacking, ("not_applicable", NO_DIRECTION)))


def needs_vectors(work: ScorerRun) -> bool:
    """Whether the scorer reads embeddings."""
    return EMBEDDINGS in work.entry.scorer.stored


def paired(
    lake: Lake, reader: Connection, work: ScorerRun, of: Collected, most: int | None = None
) -> dict[StoredRows, Pairs]:
    """The pairs that a scorer reads of a collection, of its first rows; none where the collection has no examples."""
    found = {}
    rows = len(of.ids) if most is None else min(most, len(of.ids))
    for need, each in zip(work.pairs, work.entry.scorer.paired, strict=True):
        examples = each.examples(of.rows, rows) if rows else of.ids[:0]
        if len(examples):
            both = of.ids[:rows], of.ids[examples]
            found[need.rows] = Pairs.of(lake, reader, need.stored, (need.kind, need.version), both)
    return found


def pending_sets(
    lake: Lake, works: tuple[ScorerRun, ...], dataset: str, *, strict: bool, asking: PairRun | None = None
) -> tuple[list[ScorerRun], list[ScorerRun], Contents]:
    """The works that apply to a dataset, those whose measures are missing or no longer hold, and what it holds now.

    A measure of which a model was not asked everything holds where nobody is there to ask it. Unless `strict`, works
    that lack vectors or a subset do not apply.
    """
    model = lake.settings.embedding_model
    held = contents(lake.connection, dataset, model)
    stored = {
        (axis, version): (fingerprint, json.loads(facts or "{}").get(UNASKED, 0))
        for axis, version, fingerprint, facts in lake.rows(
            "select axis, scorer_version, fingerprint, facts from dataset_scores where dataset = ?", [dataset]
        )
    }
    able = [work for work in works if strict or _applies(work, held)]
    todo = []
    for work in able:
        fingerprint = _fingerprint(lake.connection, work, dataset, held, model)
        seen = [stored.get((axis, work.version), ("", 0)) for axis in work.axes]
        again = asking and asking.retry_failed and any(_failed(lake.connection, need) for need in work.pairs)
        if again or any(was != fingerprint or (asking and unasked) for was, unasked in seen):
            todo.append(work)
    return able, todo, held


def _failed(connection: Connection, need: Need) -> int:
    """Rows of a relation of signals that say `failed`."""
    given = {"stored": need.stored.table.name, "of": need.kind, "at": need.version}
    (count,) = run(connection, "failed_signals", **given).fetchone() or (0,)
    return int(count)


def _applies(work: ScorerRun, held: Contents) -> bool:
    return (held.vectors > 0 or not needs_vectors(work)) and work.settings.get("subset") != ""


def _fingerprint(connection: Connection, work: ScorerRun, dataset: str, held: Contents, model: str) -> str:
    found = held.fingerprint(embedded=needs_vectors(work))
    for need in work.needs:
        given = {"stored": need.stored.table.name, "of": need.kind, "at": need.version}
        (count,) = run(connection, "set_signal_count", dataset=dataset, **given).fetchone() or (0,)
        found = f"{found}-{count}"
    name = work.settings.get("subset")
    return f"{found}-{subset(connection, name, model, held.revision).fingerprint()}" if name else found


def _replace(connection: Connection, dataset: str, rows: list[dict[str, Any]]) -> None:
    delete(connection, DATASET_SCORES.name, dataset=dataset, axis=[row["axis"] for row in rows])
    put(connection, DATASET_SCORES, rows)


def _reports(lake: Lake, work: ScorerRun, dataset: str, *, computed: bool) -> Iterator[SetReport]:
    stored = lake.rows(
        "select axis, scorer_version, value, status, n, coverage, detail from dataset_scores "
        "where dataset = ? and axis in (select unnest(?)) and scorer_version = ? order by axis",
        [dataset, list(work.axes), work.version],
    )
    for axis, version, value, status, n, coverage, detail in stored:
        yield SetReport(dataset, axis, version, value, status, n, coverage, detail, computed)
