"""What a run would ask models about samples after an example, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lake.catalog import Connection, Lake
from pipelines.scoring.collection import Collected, collected
from pipelines.scoring.needs import Need
from pipelines.scoring.reports import InputPlan
from pipelines.scoring.selection import ScorerRun
from pipelines.scoring.sets import paired, pending_sets
from pipelines.signalling.asked import source_of_kind
from pipelines.signalling.forecasts import SAMPLED, forecast_of
from pipelines.signalling.pair_run import PairRun
from pipelines.signalling.pairs import Pairs
from scorers.sets.neighbours import distinct


def pair_plans(
    lake: Lake, reader: Connection, works: tuple[ScorerRun, ...], datasets: list[str], asking: PairRun
) -> Iterator[InputPlan]:
    """For every dataset and kind of pair what would be asked.

    Examples are neighbours, which take time to find: of a dataset of more than 300 samples with a vector, those of 300
    drawn by chance tell how many pairs have their row and how long they are.
    """
    works = tuple(work for work in works if work.pairs)
    left: dict[str, int | None] = {}
    for dataset in datasets if works else ():
        _, todo, held = pending_sets(lake, works, dataset, strict=True, asking=asking)
        with collected(lake, reader, dataset, held, columns=["response"]) as rows:
            of = _Dataset(lake, asking, dataset, held.samples, rows)
            for work in works:
                pairs = paired(lake, reader, work, rows, SAMPLED) if work in todo else {}
                for need in (need for need in work.pairs if need.producer is not None):
                    most = left.get(need.kind, asking.share.limit)
                    if work not in todo:
                        found = of.plan(need, held=len(rows.ids))
                    elif need.rows in pairs:
                        found = of.seen(need, pairs[need.rows], most)
                    else:
                        found = of.unseen(need, most)
                    left[need.kind] = None if most is None else most - found.to_run
                    yield found


@dataclass(frozen=True)
class _Dataset:
    """A dataset of which something is planned.

    - samples: all of them; rows: those with a vector.
    """

    lake: Lake
    asking: PairRun
    name: str
    samples: int
    rows: Collected

    def plan(self, need: Need, *, held: int = 0, reused: int = 0, to_run: int = 0) -> InputPlan:
        """Of the samples with a vector, or of all where none has one."""
        samples = len(self.rows.ids) or self.samples
        return InputPlan(need.rows.relation, self.name, need.kind, need.version, samples, held, reused, to_run)

    def seen(self, need: Need, pairs: Pairs, most: int | None) -> InputPlan:
        """By the pairs that were looked at: exact where these are all."""
        samples, rows, share = len(self.rows.ids), len(pairs.ids), self.asking.share
        pending = replace(pairs, retried=self.asking.retry_failed).pending()
        lacked = {pairs.keys[place] for place in pending}
        lacking = round(samples * sum(key in lacked for key in pairs.keys) / rows)
        if rows == samples:
            pending = self.asking.taken(self.name, pairs, pending)[:most]
            chosen = {pairs.keys[place] for place in pending}
            to_run, shared = len(pending), sum(key in chosen for key in pairs.keys)
        else:
            contents = len(self.rows.rows.derive(distinct).counts)
            wanted = contents if share.sample is None else min(contents, share.sample)
            to_run = round(wanted * len(pending) / len(set(pairs.keys)))
            shared = lacking if share.sample is None else to_run
        to_run = to_run if most is None else min(to_run, most)
        found = self.plan(need, held=samples - lacking, reused=max(0, shared - to_run), to_run=to_run)
        if not to_run:
            return found
        asked = pairs.asked
        source, known = source_of_kind(self.lake.settings, asked), pairs.samples(pending[:to_run])
        return replace(found, forecast=forecast_of(asked.signal, source, asked.max_length, known, to_run))

    def unseen(self, need: Need, most: int | None) -> InputPlan:
        """Before there are embeddings: a pair for every content, of unknown length; none where all have one vector."""
        ((contents,),) = self.lake.rows("select count(distinct content_id) from samples where dataset = ?", [self.name])
        if len(self.rows.ids) or contents < 2:
            return self.plan(need)
        to_run = min(each for each in (contents, self.asking.share.sample, most) if each is not None)
        return self.plan(need, reused=self.samples - contents if to_run == contents else 0, to_run=to_run)
