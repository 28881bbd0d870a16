"""Deriving: bring a stored derived relation up to date for some datasets, whatever derives its rows.

`pipelines.deriving` is the engine; `docs/architecture.md` tells what a stored derived relation is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lake.catalog import Lake
from lake.failures import translated_errors
from pipelines.deriving.engine import DerivationEngine, Tally
from pipelines.deriving.runtime import Running
from pipelines.deriving.share import Budget, BudgetSpentError, Share
from pipelines.deriving.stored import Producer
from pipelines.progress import Progress, Silent
from pipelines.scoring.selection import select_datasets
from scorers.engines.interface import Calls


@dataclass(frozen=True)
class KindReport:
    """What deriving did for one kind of row of one dataset.

    - derived: samples derived, equal content counted with its copies where each sample has a row of its own.
    - empty: those of them with nothing to say; outcomes: outcome -> those of them, where the relation has outcomes.
    - reused: samples whose row is that of another sample; skipped: samples that had their row already.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    derived: int
    empty: int
    reused: int
    skipped: int
    outcomes: dict[str, int]


@dataclass(frozen=True)
class DeriveReport:
    """What deriving did.

    - computed: samples whose texts were read and derived, equal content once.
    - calls: what a model did for that; stopped: why the rest was left.
    """

    relation: str
    kinds: tuple[KindReport, ...]
    computed: int
    seconds: float
    calls: Calls = field(default_factory=Calls)
    stopped: str = ""

    @property
    def saved(self) -> int:
        """Samples that a model was not asked about, since they or equal ones had their rows."""
        return sum(kind.samples for kind in self.kinds) - self.computed if self.calls != Calls() else 0

    @property
    def rows_per_second(self) -> float | None:
        """Samples computed per second; None when nothing was."""
        return self.computed / self.seconds if self.computed and self.seconds else None

    def of(self, dataset: str) -> list[KindReport]:
        """The reports of a dataset."""
        return [kind for kind in self.kinds if kind.dataset == dataset]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "relation": self.relation,
            "computed": self.computed,
            "seconds": self.seconds,
            "rows_per_second": self.rows_per_second,
            "model": {**asdict(self.calls), "tokens_per_second": self.calls.tokens_per_second},
            "saved": self.saved,
            "stopped": self.stopped,
            "kinds": [asdict(kind) for kind in self.kinds],
        }


@dataclass(frozen=True)
class KindPlan:
    """What deriving would do for one kind of row of one dataset.

    - held: samples that have their row; reused: samples that would get it from equal content; to_run: the rest, but
      for those that are waiting for an input.
    """

    dataset: str
    kind: str
    version: str
    samples: int
    held: int
    reused: int
    to_run: int
    waiting: int = 0


def derive(
    lake: Lake,
    producer: Producer,
    *,
    datasets: Iterable[str] | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> DeriveReport:
    """Give every sample of these datasets (default: all) the rows of a producer.

    - retry_failed: give up rows that say `failed`, and derive them again.

    Raises UnknownNameError for a dataset that does not exist.
    """
    (report,) = derive_all(lake, [(producer, datasets)], retry_failed=retry_failed, progress=progress)
    return report


def derive_all(
    lake: Lake,
    works: Sequence[tuple[Producer, Iterable[str] | None]],
    *,
    retry_failed: bool = False,
    share: Share | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> list[DeriveReport]:
    """`derive` for several producers, each with its datasets; those that share a runtime follow each other.

    - share: which of the pending samples are taken; budget: where it is spent, what is left is left.

    Reports are in the order of the producers. Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = [select_datasets(lake, datasets) for _, datasets in works]
    keys = [producer.runtime.key if producer.runtime else "" for producer, _ in works]
    reports: dict[int, DeriveReport] = {}
    with translated_errors(lake.settings), lake.second_reader() as reader, Running() as running:
        for place in sorted(range(len(works)), key=lambda place: keys.index(keys[place])):
            producer = works[place][0]
            producer = replace(producer, retry_failed=retry_failed or producer.retry_failed)
            started, tally, stopped = time.monotonic(), Tally(), ""
            before = running.calls if running.holds(producer.runtime) else Calls()
            engine = DerivationEngine(lake, reader, producer, progress or Silent(), running, share or Share(), budget)
            try:
                engine.bring_up_to_date(chosen[place], tally)
            except BudgetSpentError as spent:
                stopped = f"{spent.message} {spent.hint}"
            calls = running.calls.since(before) if running.holds(producer.runtime) else Calls()
            report = _report(lake, producer, chosen[place], tally, time.monotonic() - started)
            reports[place] = replace(report, calls=calls, stopped=stopped)
    return [reports[place] for place in range(len(works))]


def plan(
    lake: Lake, producer: Producer, *, datasets: Iterable[str] | None = None, retry_failed: bool = False
) -> list[KindPlan]:
    """What `derive` would do with the same arguments; derives nothing.

    Raises UnknownNameError for a dataset that does not exist.
    """
    chosen = select_datasets(lake, datasets)
    producer = replace(producer, retry_failed=retry_failed or producer.retry_failed)
    with translated_errors(lake.settings), lake.second_reader() as reader:
        return [KindPlan(*row) for row in DerivationEngine(lake, reader, producer, Silent()).plan(chosen)]


def _report(lake: Lake, producer: Producer, chosen: list[str], tally: Tally, seconds: float) -> DeriveReport:
    sizes = dict(lake.rows("select dataset, count(*) from samples group by dataset"))
    kinds = []
    for dataset in chosen:
        for kind, version in producer.wanted:
            samples, key = sizes.get(dataset, 0), (dataset, kind)
            made, empty, reused = tally.made.rows[key], tally.made.empty[key], tally.copied[key]
            outcomes = {said: n for (*of, said), n in sorted(tally.made.outcomes.items()) if tuple(of) == key}
            held = max(0, samples - made - reused)
            kinds.append(KindReport(dataset, kind, version, samples, made, empty, reused, held, outcomes))
    return DeriveReport(producer.stored.table.name, tuple(kinds), tally.samples, seconds)
