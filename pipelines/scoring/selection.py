"""What is wanted: names to scorers, and scorers to passes over the samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lake.catalog import Lake
from lake.errors import MissingExtraError, UnknownNameError, UsageError
from pipelines.deriving.stored import MOST_WANTED
from scorers.catalogue import Catalogue, Entry, catalogue
from scorers.spec import Scorer, Settings

Options = Mapping[str, Mapping[str, Any]]
"""Values of options of scorers other than their defaults, by scorer and option; texts are converted."""


@dataclass(frozen=True)
class ScorerRun:
    """A scorer to run, with its settings, those of its axes that are wanted, and the versions of the axes it reads."""

    entry: Entry
    settings: Settings
    axes: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """What is stored as `scorer_version`: `1`, `1+parity`, `1+sql=5b4e11cd+mtld:1`."""
        return "+".join((self.entry.scorer.version_of(self.settings), *self.inputs))

    @property
    def absence(self) -> str:
        """Why the data its scorer needs cannot be used; empty when it can."""
        return self.entry.scorer.absence(self.settings)


@dataclass(frozen=True)
class ScanGroup:
    """Scorers that share one reading of the samples.

    - by_content: equal content shares scores; see `Scorer.content_addressed`.
    """

    works: tuple[ScorerRun, ...]
    by_content: bool

    @property
    def axes(self) -> list[str]:
        """Every axis; the position is the bit in a mask."""
        return [axis for work in self.works for axis in work.axes]

    @property
    def versions(self) -> list[str]:
        """The version wanted of each axis."""
        return [work.version for work in self.works for _ in work.axes]

    @property
    def reads(self) -> list[str]:
        """Columns of `samples` that some scorer reads."""
        return sorted({column for work in self.works for column in work.entry.scorer.reads})

    @property
    def axes_read(self) -> list[str]:
        """Axes that some scorer reads; they must be in the wide table before this pass."""
        return sorted({axis for work in self.works for axis in work.entry.scorer.axes_read})


def select_datasets(lake: Lake, names: Iterable[str] | None) -> list[str]:
    """These datasets, or all of them.

    Raises UnknownNameError for one the lake does not hold.
    """
    known = [name for (name,) in lake.rows("select dataset from datasets order by dataset_no")]
    if names is None:
        return known
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise UnknownNameError.of("dataset", name, known)
    return wanted


def select_works(
    axes: Iterable[str] | None,
    *,
    parity: bool = False,
    scorers: Catalogue | None = None,
    options: Options | None = None,
) -> list[ScorerRun]:
    """The scorers that measure these axes, or every axis that can run here.

    Scorers that run only on request are left out unless an axis of theirs is named.

    Raises UnknownNameError for an unknown axis, scorer or option, and MissingExtraError for an axis whose modules are
    not installed.
    """
    scorers = scorers or catalogue()
    given = {scorers.entry(name).scorer.name: values for name, values in (options or {}).items()}
    if axes is None:
        chosen: Iterable[str] = [
            name
            for name, (_, entry) in scorers.axes().items()
            if not scorers.missing(name) and not entry.scorer.on_request
        ]
    else:
        chosen = axes
    wanted: dict[str, list[str]] = {}
    for name in _with_inputs(chosen, scorers):
        scorer = scorers.axis(name)[1].scorer
        if scorer.missing():
            raise MissingExtraError.of(f"Axis {name!r} (module {scorer.missing()[0]})", scorer.extra)
        wanted.setdefault(scorer.name, []).append(name)
    for name in given:
        if name not in wanted:
            raise UsageError(
                f"Options of {name} have no effect: none of its axes is scored.",
                hint="Name one with --axes, or leave them out.",
            ).about(name)
    return [
        _work(scorers, scorers.entry(name), tuple(axes), parity=parity, given=given) for name, axes in wanted.items()
    ]


def _with_inputs(names: Iterable[str], scorers: Catalogue) -> list[str]:
    """The axes, each after those it is made of, none twice."""
    return list(dict.fromkeys(each for name in names for each in (*scorers.axis(name)[1].scorer.axes_read, name)))


def _work(scorers: Catalogue, entry: Entry, axes: tuple[str, ...], *, parity: bool, given: Options) -> ScorerRun:
    def settings_of(scorer: Scorer) -> Settings:
        return scorer.settings(parity=parity, **given.get(scorer.name, {}))

    inputs = []
    for name in entry.scorer.axes_read:
        scorer = scorers.axis(name)[1].scorer
        inputs.append(f"{name}:{scorer.version_of(settings_of(scorer))}")
    return ScorerRun(entry, settings_of(entry.scorer), axes, tuple(inputs))


def scan_groups(works: list[ScorerRun]) -> list[ScanGroup]:
    """Few passes: what is shared by content, what is not, what is made of other axes; at most 60 axes each."""
    found = []
    for by_content, made_of_axes in ((True, False), (False, False), (False, True)):
        group: list[ScorerRun] = []
        for work in works:
            scorer = work.entry.scorer
            if (scorer.content_addressed(work.settings), bool(scorer.axes_read)) != (by_content, made_of_axes):
                continue
            if sum(len(member.axes) for member in group) + len(work.axes) > MOST_WANTED:
                found.append(ScanGroup(tuple(group), by_content))
                group = []
            group.append(work)
        if group:
            found.append(ScanGroup(tuple(group), by_content))
    return found
