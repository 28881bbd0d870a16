"""A board's results out of the lake, as arrays for `pipelines.ranking`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.relations import run as run_relation
from pipelines.ranking.estimate import POINTS, Items, estimate
from pipelines.ranking.ranks import Estimates

Floats = npt.NDArray[np.float64]

OVERALL = "overall"
GROUPINGS = ("catalogue", "source")


@dataclass(frozen=True)
class Which:
    """Which results are compared: one base model, recipe and origin, and the measure they are compared by.

    - grouping: domains of the catalogue of benchmarks, or as the source of an import counts them.
    - measure: overall, a domain or a benchmark.
    """

    base: str
    origin: str
    recipe: str
    grouping: str = "catalogue"
    measure: str = OVERALL


@dataclass(frozen=True)
class Subject:
    """A row of a board: what was trained on, or a model given.

    - runs: (runs, benchmarks) scores in points; rows with gaps are left out.
    """

    role: str
    subject: str
    runs: Floats
    names: tuple[str, ...]

    @property
    def untrained(self) -> bool:
        """Whether no training made it."""
        return self.role != "trained"


@dataclass(frozen=True)
class Gathered:
    """Everything a board is computed from.

    - benchmarks: of the measure, with their weights in it.
    - outcomes: per benchmark with known items: names of items, number of the cluster of each, outcomes by run.
    """

    which: Which
    subjects: tuple[Subject, ...]
    benchmarks: tuple[str, ...]
    weights: Floats
    outcomes: dict[str, Outcomes]

    def estimates(
        self, subjects: Sequence[Subject], keep: Callable[[str, str], bool] | None = None
    ) -> tuple[Estimates, dict[int, Items]]:
        """Scores and errors of some subjects, all of which have a run without gaps.

        - keep: of benchmark and item, whether the item counts; benchmarks of which none is left are an error.
        """
        items, runs = {}, [subject.runs for subject in subjects]
        for place, name in enumerate(self.benchmarks):
            known = self.outcomes.get(name)
            shared = known.shared([subject.names for subject in subjects], name, keep) if known else None
            if shared is None:
                continue
            items[place] = shared
            if keep is not None:
                runs = [_replaced(run, place, model) for run, model in zip(runs, shared.outcomes, strict=True)]
        return estimate(runs, self.weights, items, [subject.untrained for subject in subjects]), items


@dataclass(frozen=True)
class Outcomes:
    """Outcomes on the items of a benchmark: `values` by run are in the order of `items`, NaN where there is none."""

    items: tuple[str, ...]
    groups: npt.NDArray[np.int64]
    values: dict[str, Floats]

    def shared(
        self, runs: Sequence[tuple[str, ...]], benchmark: str, keep: Callable[[str, str], bool] | None
    ) -> Items | None:
        """The items that every run of every model has; None where some run has none, or none is left."""
        if any(name not in self.values for names in runs for name in names):
            return None
        models = [np.stack([self.values[name] for name in names]) for names in runs]
        there = np.logical_and.reduce([np.isfinite(model).all(axis=0) for model in models])
        if keep is not None:
            there &= np.array([keep(benchmark, item) for item in self.items])
        if there.sum() < 2:
            return None
        _, groups = np.unique(self.groups[there], return_inverse=True)
        return Items([model[:, there] for model in models], groups.astype(np.int64))


def _replaced(runs: Floats, place: int, outcomes: Floats) -> Floats:
    changed = runs.copy()
    changed[:, place] = outcomes.mean(axis=1) * POINTS
    return changed


def boards(lake: Lake) -> list[dict[str, Any]]:
    """Every base model, origin and recipe with results, the largest board first."""
    found = run_relation(lake.connection, "boards").to_arrow_table().to_pylist()
    return sorted(found, key=lambda row: (-row["subjects"], row["base"], row["origin"], row["recipe"] or ""))


def choose(
    lake: Lake, *, base: str | None = None, origin: str | None = None, recipe: str | None = None, **more: str
) -> Which:
    """The one board that is meant.

    Raises UsageError where there is none or more than one, UnknownNameError for a name that no board has.
    """
    known = boards(lake)
    if not known:
        raise UsageError(
            "There are no results of trained models in this lake.",
            hint="Train and evaluate, or read results: oda evaluate import FILE --name NAME",
        )
    for part, given in (("base", base), ("origin", origin), ("recipe", recipe)):
        if given is None:
            continue
        if not any(board[part] == given for board in known):
            what = "base model" if part == "base" else part
            raise UnknownNameError.of(what, given, {str(board[part]) for board in known})
        known = [board for board in known if board[part] == given]
    if not known:
        raise UsageError("No board has all of these.", hint="See which there are: oda leaderboard list")
    if len(known) > 1:
        shown = "; ".join(f"--base {b['base']} --recipe {b['recipe']} --origin {b['origin']}" for b in known[:4])
        raise UsageError(f"There are {len(known)} boards; name one.", hint=shown)
    return Which(known[0]["base"], known[0]["origin"], known[0]["recipe"], **more)


def one_origin(lake: Lake, *, base: str | None = None, origin: str | None = None, recipe: str | None = None) -> str:
    """The one origin that boards of this description come from; raises UsageError where there are several or none."""
    found = {
        board["origin"]
        for board in boards(lake)
        if base in (None, board["base"]) and origin in (None, board["origin"]) and recipe in (None, board["recipe"])
    }
    if len(found) != 1:
        return choose(lake, base=base, origin=origin, recipe=recipe).origin
    return str(found.pop())


def gather(lake: Lake, which: Which) -> Gathered:
    """Read the results of a board; raises UnknownNameError for a measure it does not have."""
    parameters = {"base": which.base, "origin": which.origin, "recipe": which.recipe}
    rows = run_relation(lake.connection, "board_runs", grouping=which.grouping, **parameters).fetchall()
    domains = {benchmark: str(domain or benchmark) for _, _, _, domain, benchmark, _ in rows}
    benchmarks, weights = _weighted(domains, which.measure)
    by_subject: dict[tuple[str, str], dict[str, dict[str, float | None]]] = {}
    for role, subject, name, _, benchmark, score in rows:
        by_subject.setdefault((role, subject), {}).setdefault(name, {})[benchmark] = score
    subjects = []
    for (role, subject), runs in sorted(by_subject.items()):
        whole = {
            name: [scores[b] for b in benchmarks]
            for name, scores in sorted(runs.items())
            if all(scores.get(b) is not None for b in benchmarks)
        }
        values = np.array(list(whole.values()), dtype=float).reshape(len(whole), len(benchmarks))
        subjects.append(Subject(role, subject, values, tuple(whole)))
    outcomes = _outcomes(lake, parameters, set(benchmarks))
    return Gathered(which, tuple(subjects), benchmarks, weights, outcomes)


def _weighted(domains: dict[str, str], measure: str) -> tuple[tuple[str, ...], Floats]:
    """Benchmarks of a measure, and what each counts: domains alike, and benchmarks alike within their domain."""
    names = sorted(set(domains.values()))
    if measure == OVERALL:
        chosen = tuple(sorted(domains))
        return chosen, np.array([1 / len(names) / sum(d == domains[b] for d in domains.values()) for b in chosen])
    chosen = tuple(sorted(b for b, domain in domains.items() if measure in (b, domain)))
    if not chosen:
        raise UnknownNameError.of("domain or benchmark", measure, {OVERALL, *names, *domains})
    return chosen, np.full(len(chosen), 1 / len(chosen))


def _outcomes(lake: Lake, parameters: dict[str, str], wanted: set[str]) -> dict[str, Outcomes]:
    rows = run_relation(lake.connection, "board_items", **parameters).to_arrow_table()
    found = {}
    for benchmark in sorted(set(rows["benchmark"].unique().to_pylist()) & wanted):
        part = rows.filter(np.asarray(rows["benchmark"]) == benchmark)
        items, places = np.unique(np.asarray(part["item"], dtype=str), return_inverse=True)
        _, groups = np.unique(np.asarray(part["item_group"].fill_null(""), dtype=str), return_inverse=True)
        of_item = np.zeros(len(items), np.int64)
        of_item[places] = groups
        names = np.asarray(part["run"], dtype=str)
        values = np.asarray(part["outcome"].to_numpy(), dtype=float)
        by_run = {}
        for name in np.unique(names):
            row = np.full(len(items), np.nan)
            row[places[names == name]] = values[names == name]
            by_run[str(name)] = row
        found[benchmark] = Outcomes(tuple(items.tolist()), of_item, by_run)
    return found


def with_means(estimates: Estimates, means: Sequence[float]) -> Estimates:
    """Estimates whose scores are those of the relation `leaderboard`, which counts runs with gaps too."""
    return replace(estimates, mean=np.array(means))
