"""A board: scores with intervals, rank sets, what can be told apart, contamination and cost beside each row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from lake.catalog import Lake
from lake.relations import run as run_relation
from pipelines.boards.gather import Gathered, Subject, Which, gather, with_means
from pipelines.ranking.estimate import POINTS
from pipelines.ranking.intervals import Interval, around
from pipelines.ranking.ranks import Estimates, Ranking, rank


@dataclass(frozen=True)
class Row:
    """One subject of a board.

    - score, delta: with intervals, each by itself at the board's level, cut at 0 and 100 (delta at -100 and 100),
      where no score can be; delta is against the base model.
    - best, worst: ranks that are possible, all rows at once; None where it is not ranked, and `note` says why.
    - top: probability to be among the best k.
    - contaminated: items that stand in what it was trained on; adjusted, adjusted_delta: without them.
    - contamination: how they were looked for: scan (`oda contamination`), prompts (equal ones only), or not at all.
    - redundancy: share of rows whose content is there already.
    """

    subject: str
    role: str
    score: Interval
    delta: Interval
    delta_instruct: float | None
    domains: dict[str, float | None]
    runs: int
    benchmarks: int
    expected: int
    best: int | None = None
    worst: int | None = None
    top: float | None = None
    rows: int | None = None
    tokens: int | None = None
    per_1k_rows: float | None = None
    per_1m_tokens: float | None = None
    contaminated: int = 0
    contamination: str = ""
    adjusted: float | None = None
    adjusted_delta: float | None = None
    redundancy: float | None = None
    seconds: float | None = None
    energy: float | None = None
    price: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Board:
    """All subjects of a board, the best first, and how sure their order is.

    - told, pairs: pairs of ranked subjects that can be told apart, of how many.
    - errors: what the intervals are made of, in a sentence.
    """

    which: Which
    level: float
    k: int
    rows: tuple[Row, ...]
    told: int
    pairs: int
    errors: str
    remarks: tuple[str, ...] = ()

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows with ranks."""
        return tuple(row for row in self.rows if row.best is not None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **asdict(self.which),
            "level": self.level,
            "k": self.k,
            "pairs_told_apart": self.told,
            "pairs": self.pairs,
            "errors": self.errors,
            "remarks": list(self.remarks),
            "rows": [row.as_dict() for row in self.rows],
        }


@dataclass(frozen=True)
class Computed:
    """What a board's rows were made from, for findings that go on with it."""

    board: Board
    gathered: Gathered
    ranked: tuple[Subject, ...]
    estimates: Estimates | None
    ranking: Ranking | None
    order: dict[str, int] = field(default_factory=dict)


def compute(
    lake: Lake, which: Which, *, level: float = 0.95, k: int = 5, clean: bool = False, seed: int = 0
) -> Computed:
    """The board of a measure; see `pipelines.leaderboard.leaderboard`."""
    gathered = gather(lake, which)
    facts = _facts(lake, which)
    dirty = _contaminated(lake, gathered)
    looked = _looked_for(lake, gathered)
    everything = {(benchmark, item) for found in dirty.values() for benchmark, item in found}
    whole = [s for s in gathered.subjects if len(s.runs) and (s.role, s.subject) in facts]
    remarks = []
    estimates = None
    if whole:
        keep = (lambda benchmark, item: (benchmark, item) not in everything) if clean and everything else None
        estimates, items = gathered.estimates(whole, keep)
        if keep is None:
            estimates = with_means(estimates, [facts[s.role, s.subject]["score"] for s in whole])
        if clean and everything:
            remarks.append(f"{len(everything):,} items that stand in some training data are left out for all subjects.")
        described = _described(estimates, [gathered.benchmarks[place] for place in items], len(gathered.benchmarks))
    else:
        described = "No subject has results on every benchmark."
    if unscanned := sorted(name for name, how in looked.items() if how == PROMPTS):
        named = ", ".join(unscanned[:4]) + (f" and {len(unscanned) - 4} more" if len(unscanned) > 4 else "")
        remarks.append(f"Items in training data were found by equal prompts only, without a scan, for {named}.")
    trained = [place for place, subject in enumerate(whole) if not subject.untrained]
    ranked = tuple(whole[place] for place in trained)
    part = _part(estimates, trained) if estimates is not None and trained else None
    ranking = None
    if part is not None and len(ranked) > 1 and part.differences().any():
        ranking = rank(part, level=level, k=k, seed=seed)
    rows = _Rows(gathered, whole, estimates, ranking, dirty, looked, level, k, clean).made(facts)
    pairs = len(ranked) * (len(ranked) - 1) // 2
    board = Board(which, level, k, rows, int(ranking.above.sum()) if ranking else 0, pairs, described, tuple(remarks))
    order = {subject.subject: place for place, subject in enumerate(ranked)}
    return Computed(board, gathered, ranked, part, ranking, order)


def _facts(lake: Lake, which: Which) -> dict[tuple[str, str], dict[str, Any]]:
    """What SQL says of each subject: the row of the measure, and the domain means beside it."""
    columns = (
        "role, subject, level, measure, score, runs, benchmarks, expected, delta_base, delta_instruct, rows, tokens, "
        "per_1k_rows, per_1m_tokens"
    )
    found = lake.query(
        f"select {columns} from leaderboard where base = ? and origin = ? and (recipe = ? or role <> 'trained') "
        "and grouping = ? and (measure = ? or level = 'domain') order by role, subject, measure",
        [which.base, which.origin, which.recipe, which.grouping, which.measure],
    ).to_pylist()
    facts: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found:
        entry = facts.setdefault((row["role"], row["subject"]), {"domains": {}})
        if row["level"] == "domain":
            entry["domains"][row["measure"]] = row["score"]
        if row["measure"] == which.measure:
            entry.update(row)
    parameters = {"base": which.base, "origin": which.origin, "recipe": which.recipe}
    costs = run_relation(lake.connection, "subject_costs", **parameters).to_arrow_table().to_pylist()
    redundancy = dict(run_relation(lake.connection, "subject_redundancy").fetchall())
    for cost in costs:
        known = facts.get(("trained", cost["subject"]), {})
        known.update(cost, redundancy=redundancy.get(cost["subject"]))
    return {key: entry for key, entry in facts.items() if "score" in entry}


def _contaminated(lake: Lake, gathered: Gathered) -> dict[str, set[tuple[str, str]]]:
    if not gathered.outcomes:
        return {}
    found: dict[str, set[tuple[str, str]]] = {}
    for subject, benchmark, item in run_relation(lake.connection, "contaminated_items").fetchall():
        if benchmark in gathered.benchmarks:
            found.setdefault(subject, set()).add((benchmark, item))
    return found


SCAN, PROMPTS = "scan", "prompts"
"""How items in training data were looked for."""


def _looked_for(lake: Lake, gathered: Gathered) -> dict[str, str]:
    """How the items of the board's benchmarks were looked for, by subject: the weaker way where there are two."""
    found: dict[str, str] = {}
    of_board = {subject.subject for subject in gathered.subjects if not subject.untrained}
    for subject, benchmark, scanned in run_relation(lake.connection, "contamination_known").fetchall():
        if benchmark in gathered.benchmarks and subject in of_board:
            found[subject] = SCAN if scanned and found.get(subject) != PROMPTS else PROMPTS
    return found


def _part(estimates: Estimates, places: Sequence[int]) -> Estimates:
    chosen = np.array(places)
    return Estimates(
        estimates.mean[chosen],
        estimates.items[np.ix_(chosen, chosen)],
        estimates.items_df,
        estimates.seed,
        estimates.seed_df,
        estimates.runs[chosen],
    )


def _described(estimates: Estimates, items: Sequence[str], benchmarks: int) -> str:
    parts = []
    if items:
        whose = "all benchmarks" if len(items) == benchmarks else f"{len(items)} of {benchmarks} benchmarks"
        parts.append(f"the choice of items ({whose}, paired and clustered)")
    if estimates.seed_df:
        spread = f"standard deviation {math.sqrt(estimates.seed):.2f} points a run"
        parts.append(f"training ({spread}, {estimates.seed_df} degrees of freedom)")
    made = " and ".join(parts)
    lacking = []
    if not items:
        lacking.append("items are taken as given: their outcomes are not known")
    if not estimates.seed_df:
        lacking.append("nothing was trained twice, so what training adds is not known")
    text = f"Intervals hold {made}" if made else "There are no intervals"
    return f"{text}; {'; '.join(lacking)}." if lacking else f"{text}."


@dataclass(frozen=True)
class _Rows:
    """What rows are made of: subjects with all benchmarks, their errors, their ranks, items found in training data."""

    gathered: Gathered
    whole: Sequence[Subject]
    estimates: Estimates | None
    ranking: Ranking | None
    dirty: dict[str, set[tuple[str, str]]]
    looked: dict[str, str]
    level: float
    k: int
    clean: bool

    def made(self, facts: dict[tuple[str, str], dict[str, Any]]) -> tuple[Row, ...]:
        """The rows, the best first; those without all benchmarks last."""
        places = {(subject.role, subject.subject): place for place, subject in enumerate(self.whole)}
        base = next((place for (role, _), place in places.items() if role == "base"), None)
        numbers = {key: number for number, key in enumerate(key for key in places if key[0] == "trained")}
        rows = [self._row(key, fact, places.get(key), base, numbers.get(key)) for key, fact in facts.items()]
        return tuple(sorted(rows, key=_place_of))

    def _row(
        self, key: tuple[str, str], fact: dict[str, Any], place: int | None, base: int | None, number: int | None
    ) -> Row:
        complete = place is not None and fact["benchmarks"] == fact["expected"]
        score, delta = Interval(fact["score"]), Interval(fact["delta_base"] if complete else None)
        best, worst, top = None, None, None
        adjusted: tuple[float | None, float | None] = (None, None)
        taken: dict[str, Any] = {name: fact.get(name) for name in _TAKEN}
        found = self.dirty.get(key[1], set()) if key[0] == "trained" else set()
        if place is not None and complete and self.estimates is not None:
            score, delta = _intervals(self.estimates, place, base, self.level)
            if found:
                adjusted = _adjusted(self.gathered, self.whole, place, base, found)
        if number is not None and self.ranking is not None:
            best, worst = int(self.ranking.best[number]), int(self.ranking.worst[number])
            top = float(self.ranking.top[number]) if self.k < len(self.ranking.top) else None
        return Row(
            subject=key[1],
            role=key[0],
            score=score,
            delta=delta,
            delta_instruct=fact["delta_instruct"] if complete and not self.clean else None,
            best=best,
            worst=worst,
            top=top,
            contaminated=len(found),
            contamination=self.looked.get(key[1], "") if key[0] == "trained" else "",
            adjusted=adjusted[0],
            adjusted_delta=adjusted[1],
            note="" if complete else _lacking(fact),
            **taken,
        )


_TAKEN = (
    "domains", "runs", "benchmarks", "expected", "rows", "tokens", "per_1k_rows", "per_1m_tokens", "redundancy",
    "seconds", "energy", "price",
)  # fmt: skip


def _lacking(fact: dict[str, Any]) -> str:
    if fact["benchmarks"] == fact["expected"]:
        return "no run has every benchmark"
    return f"has {fact['benchmarks']} of {fact['expected']} benchmarks"


def _place_of(row: Row) -> tuple[bool, float, str]:
    score = row.score.value
    return (score is None or bool(row.note), -(score or 0.0), row.subject)


def _intervals(estimates: Estimates, place: int, base: int | None, level: float) -> tuple[Interval, Interval]:
    df = estimates.df
    runs = 0 if math.isinf(estimates.runs[place]) else int(estimates.runs[place])
    mean = float(estimates.mean[place])
    variance = float(estimates.variance()[place])
    score = around(mean, variance, df, level=level, n=runs).within(0, POINTS) if variance else Interval(mean, n=runs)
    if base is None:
        return score, Interval(None)
    difference = mean - float(estimates.mean[base])
    if place == base:
        return score, Interval(0.0)
    error = float(estimates.differences()[place, base])
    if not error:
        return score, Interval(difference, n=runs)
    return score, around(difference, error**2, df, level=level, n=runs).within(-POINTS, POINTS)


def _adjusted(
    gathered: Gathered, whole: Sequence[Subject], place: int, base: int | None, dirty: set[tuple[str, str]]
) -> tuple[float | None, float | None]:
    """Score, and difference to the base model, on the items that are not in what the subject was trained on.

    None where a benchmark has no item left.
    """
    pair = [whole[place]] + ([whole[base]] if base is not None else [])
    touched = {benchmark for benchmark, _ in dirty}
    estimates, items = gathered.estimates(pair, lambda benchmark, item: (benchmark, item) not in dirty)
    if touched - {gathered.benchmarks[known] for known in items}:
        return None, None
    first = float(estimates.mean[0])
    return first, first - float(estimates.mean[1]) if base is not None else None
