"""What scorers need of stored derived relations: which rows, of which version, and who derives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lake.catalog import Lake
from lake.errors import OdaError
from lake.relations import run, taken
from lake.tables import STATUSES
from pipelines.derivations import derivation
from pipelines.deriving.stored import Input, Producer, Stored
from scorers.batch import Batch, Column
from scorers.spec import EMBEDDINGS, Scorer, Settings, StoredRows

if TYPE_CHECKING:
    from pipelines.scoring.selection import ScorerRun


@dataclass(frozen=True)
class Need:
    """Rows of a stored relation that a scorer reads.

    - rows: as it declares them; kind, version: which these are.
    - producer: what derives them; None where that cannot be done here, and then `why_not` says why.
    """

    rows: StoredRows
    stored: Stored = field(compare=False)
    kind: str
    version: str
    producer: Producer | None = field(default=None, compare=False)
    why_not: str = field(default="", compare=False)

    @property
    def by_content(self) -> bool:
        """Whether equal content is known to have equal rows."""
        return self.producer.by_content if self.producer else self.stored.of_contents

    @property
    def title(self) -> str:
        """What is needed, for people: `embeddings of all-MiniLM-L6-v2`."""
        return f"{self.stored.table.name} of {self.kind}"

    @property
    def stamp(self) -> str:
        """What enters the version of an axis."""
        return f"{self.stored.table.name}={self.kind}@{self.version}"

    @property
    def input(self) -> Input:
        """The rows as a producer of scores is given them: what is read, and what tells whether there is a value."""
        telling = (self.stored.value, self.stored.outcome, self.stored.reason)
        columns = dict.fromkeys(column for column in (*self.rows.columns, *telling) if column)
        return Input(self.stored, self.kind, self.version, {self.rows.named(column): column for column in columns})

    def absences(self, batch: Batch) -> Column:
        """Which samples of a batch have a row that says why there is no value."""
        named, rows = self.rows.named, len(batch)
        absent = np.asarray(batch.column(named(self.stored.value)).is_null(), bool)
        said: list[Any] = [None] * rows
        reasons: list[Any] = [None] * rows
        if self.stored.outcome:
            said = batch.column(named(self.stored.outcome)).to_pylist()
            absent |= np.array([status not in (None, "ok") for status in said], bool)
        if not absent.any():
            return Column(np.zeros(rows), np.zeros(rows, np.int32))
        if self.stored.reason:
            reasons = batch.column(named(self.stored.reason)).to_pylist()
        codes, pairs = np.zeros(rows, np.int32), dict[tuple[str, str], int]()
        for row in np.flatnonzero(absent):
            status = said[row] if said[row] in STATUSES[1:] else "not_applicable"
            pair = status, f"{self.title}: {reasons[row] or 'no value'}"
            codes[row] = pairs.setdefault(pair, len(pairs) + 1)
        return Column(np.zeros(rows), codes, tuple(pairs))


@dataclass(frozen=True)
class Needs:
    """Looks up what scorers need.

    - strict: the axes were asked for by name, so that rows nobody has derived yet are wanted too.
    """

    lake: Lake
    strict: bool
    _held: dict[str, dict[str, str]] = field(default_factory=dict)
    _derived: dict[tuple[str, str], Producer | OdaError] = field(default_factory=dict)

    def of(self, scorer: Scorer, settings: Settings) -> tuple[Need, ...] | None:
        """What a scorer needs, but for embeddings of whole datasets.

        None where the lake has no such rows and nobody asked for the axis. Raises OdaError where it has
        none and they cannot be derived here.
        """
        found = []
        for rows in scorer.stored:
            if scorer.of_sets and rows == EMBEDDINGS:
                continue
            kind = self._kind(rows, settings)
            if not self.strict and kind not in self._versions(rows.relation):
                return None
            found.append(self._need(rows, kind))
        return tuple(found)

    def pairs(self, scorer: Scorer, settings: Settings) -> tuple[Need, ...] | None:
        """What a scorer needs of samples after an example; None and OdaError as `of` has them.

        The producer tells the version and what cannot be had; pairs are asked about by `pipelines.signalling.pair_run`.
        """
        found = []
        for paired in scorer.paired:
            kind = self._kind(paired.rows, settings)
            if not self.strict and kind not in self._versions(paired.rows.relation):
                return None
            found.append(self._need(paired.rows, kind))
        return tuple(found)

    def producers(self, works: Iterable[ScorerRun], chosen: list[str]) -> list[tuple[Producer, list[str]]]:
        """What derives the rows that scorers need, where that can be done here, and for which of these datasets.

        A dataset that has rows for all of its samples is measured as a whole from those, of whatever version they are.
        """
        kinds: dict[str, list[str]] = {}
        for relation, kind in sorted({(need.rows.relation, need.kind) for work in works for need in work.needs}):
            if isinstance(self._producer(relation, kind), Producer):
                kinds.setdefault(relation, []).append(kind)
        settings = self.lake.settings
        found = [
            (each, chosen) for relation, of in kinds.items() for each in derivation(relation).producers(settings, of)
        ]
        wanted = {
            (rows.relation, self._kind(rows, work.settings))
            for work in works
            if EMBEDDINGS in work.entry.scorer.stored and work.entry.scorer.of_sets
            for rows in (EMBEDDINGS,)
        }
        for relation, kind in sorted(wanted):
            producer = self._producer(relation, kind)
            if isinstance(producer, Producer) and (short := self._short(producer.stored, kind, chosen)):
                found.append((producer, short))
        return found

    def _short(self, stored: Stored, kind: str, chosen: list[str]) -> list[str]:
        given = taken("short_datasets", stored.columns)
        found = run(self.lake.connection, "short_datasets", **given, of=kind, datasets=chosen).fetchall()
        return [dataset for (dataset,) in found]

    def _kind(self, rows: StoredRows, settings: Settings) -> str:
        """What the scorer names, completed by the lake's settings where it names nothing, or no model."""
        kind = rows.kind_of(settings)
        if kind and not kind.endswith("@"):
            return kind
        return kind + derivation(rows.relation).kind_of(self.lake.settings)

    def _need(self, rows: StoredRows, kind: str) -> Need:
        stored = derivation(rows.relation).STORED
        producer = self._producer(rows.relation, kind)
        if isinstance(producer, Producer):
            return Need(rows, stored, kind, dict(producer.wanted)[kind], producer)
        if kind not in self._versions(rows.relation):
            raise producer
        return Need(rows, stored, kind, self._versions(rows.relation)[kind], None, producer.message)

    def _producer(self, relation: str, kind: str) -> Producer | OdaError:
        """What derives the rows, or why that cannot be done here."""
        if (relation, kind) not in self._derived:
            try:
                (self._derived[relation, kind],) = derivation(relation).producers(self.lake.settings, [kind])
            except OdaError as error:
                self._derived[relation, kind] = error
        return self._derived[relation, kind]

    def _versions(self, relation: str) -> dict[str, str]:
        """The version that most stored rows of each kind have."""
        if relation not in self._held:
            given = taken("stored_versions", derivation(relation).STORED.columns)
            found = run(self.lake.connection, "stored_versions", **given).fetchall()
            self._held[relation] = {kind: version for kind, version, _ in reversed(found)}
        return self._held[relation]


def waiting_for(need: Need) -> str:
    """What samples without these rows wait for, and why it is not here, for people."""
    why_not = f", which cannot be derived here: {need.why_not.rstrip('.')}" if need.why_not else ""
    return f"{need.title}, version {need.version}{why_not}"
