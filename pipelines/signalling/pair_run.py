"""Asking models about pairs of samples: in chunks, a commit each, within the share and the budget of a run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from lake.catalog import Lake
from lake.errors import OdaError
from lake.relations import run
from pipelines.deriving.engine import spent
from pipelines.deriving.reports import DeriveReport, KindReport
from pipelines.deriving.runtime import Running, Runtime
from pipelines.deriving.share import Budget, BudgetSpentError, Share
from pipelines.progress import Progress
from pipelines.signalling.asked import CHUNK_ROWS, STEP, source_of_kind
from pipelines.signalling.pairs import Answers, Pairs
from scorers.engines.interface import Calls, Engine, Failed
from scorers.signals.asking import Values, answers


@dataclass
class PairRun:
    """What a run asks about pairs.

    - running: what keeps the model open from one dataset to the next; who gives it closes it.
    - share: which of the pending pairs are taken: those of drawn samples, the first so many over all datasets.
    - budget: what models may cost; where it is spent, what is left is left.
    - retry_failed: whether pairs that say `failed` are asked about again.
    """

    lake: Lake
    running: Running
    progress: Progress
    share: Share = field(default_factory=Share)
    budget: Budget | None = None
    retry_failed: bool = False
    _made: dict[tuple[str, str], DeriveReport] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)

    @property
    def reports(self) -> list[DeriveReport]:
        """What was asked of all datasets, by kind."""
        return list(self._made.values())

    def ask(self, dataset: str, pairs: Pairs) -> int:
        """Ask about pairs of a dataset that have no row yet; how many still have none.

        Raises OdaError for a model that cannot be had; what it has answered by then is stored.
        """
        pairs = replace(pairs, retried=self.retry_failed)
        started, pending = time.monotonic(), pairs.pending()
        places = self.taken(dataset, pairs, pending)
        made: Answers = {}
        calls, stopped = Calls(), ""
        try:
            if places:
                self._ask(pairs, places, made, calls)
        except BudgetSpentError as budget:
            stopped = f"{budget.message} {budget.hint}"
        finally:
            self._asked[pairs.kind] += len(made)
            report = _report(dataset, pairs, pending, made)
            self._add(replace(report, seconds=time.monotonic() - started, calls=calls, stopped=stopped))
        return len(pending) - len(made)

    def taken(self, dataset: str, pairs: Pairs, pending: list[int]) -> list[int]:
        """Those of the places of pending pairs that are in the share."""
        if self.share.sample is not None:
            given = {"datasets": [dataset], "most": self.share.sample, "seed": self.share.seed}
            drawn = {row[0] for row in run(pairs.reader, "drawn_samples", **given).fetchall()}
            pending = [place for place in pending if int(pairs.ids[place]) in drawn]
        if self.share.limit is None:
            return pending
        return pending[: max(0, self.share.limit - self._asked[pairs.kind])]

    def _ask(self, pairs: Pairs, places: list[int], made: Answers, calls: Calls) -> None:
        """Ask about the pairs at these places; what is stored is put into `made`, what the model did into `calls`."""
        source = source_of_kind(self.lake.settings, pairs.asked)
        self.progress.start(f"ask {pairs.kind}", len(places), "pairs")
        engine = source.checked(self.running.of(Runtime(source.key, source.open)))
        before = self.running.calls
        try:
            for start in range(0, len(places), CHUNK_ROWS):
                made.update(self._bring(engine, pairs, places[start : start + CHUNK_ROWS], made))
        finally:
            calls.add(self.running.calls.since(before))
        self.progress.finish()

    def _bring(self, engine: Engine, pairs: Pairs, chunk: list[int], made: Answers) -> Answers:
        """Ask about some pairs and commit the answers, also where it is stopped on the way; what was stored."""
        found: Answers = {}
        try:
            for keys, outcomes in self._answered(engine, pairs, chunk):
                found.update(zip(keys, outcomes, strict=True))
                self.progress.advance(len(keys))
                self.progress.tell(spent(self.running.calls))
        except OdaError:
            made.update(pairs.commit(found))
            raise
        return pairs.commit(found)

    def _answered(
        self, engine: Engine, pairs: Pairs, chunk: list[int]
    ) -> Iterator[tuple[list[bytes], Sequence[tuple[Values, Failed | None]]]]:
        """Keys and answers, the longest texts first, in as large parts as the budget allows."""
        samples = pairs.samples(chunk)
        order = sorted(range(len(chunk)), key=lambda at: -sum(map(len, (samples[at].joined, *samples[at].example))))
        most = min(filter(None, (pairs.asked.max_length, engine.facts.max_length)), default=0)
        start = 0
        while start < len(order):
            room = STEP if self.budget is None else self.budget.room(engine, pairs.kind, STEP)
            part = order[start : start + room]
            found = answers(pairs.asked.signal, engine, [samples[at] for at in part], most)
            yield [pairs.keys[chunk[at]] for at in part], found
            start += len(part)

    def _add(self, report: DeriveReport) -> None:
        """Join the reports of the datasets of a kind."""
        key = report.relation, report.kinds[0].kind
        if key not in self._made:
            self._made[key] = report
            return
        held = self._made[key]
        held.calls.add(report.calls)
        self._made[key] = replace(
            held,
            kinds=(*held.kinds, *report.kinds),
            computed=held.computed + report.computed,
            seconds=held.seconds + report.seconds,
            stopped=held.stopped or report.stopped,
        )


def _report(dataset: str, pairs: Pairs, pending: list[int], made: Answers) -> DeriveReport:
    """What was done for a dataset; a pair of equal contents is one, whatever samples it is of."""
    statuses = Counter(failed.status if failed else "ok" for _, failed in made.values())
    lacked = {pairs.keys[place] for place in pending}
    shared = sum(key in made for key in pairs.keys) - len(made)
    held = sum(key not in lacked for key in pairs.keys)
    empty = len(made) - statuses["ok"]
    of_kind = KindReport(
        dataset,
        pairs.kind,
        pairs.version,
        len(pairs.ids),
        len(made),
        empty,
        shared,
        held,
        dict(sorted(statuses.items())),
    )
    return DeriveReport(pairs.stored.table.name, (of_kind,), len(made), 0.0)
