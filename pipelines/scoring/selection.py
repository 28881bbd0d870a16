"""What is wanted: names to scorers, and scorers to passes over the samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lake.catalog import Lake
from lake.errors import MissingExtraError, UnknownNameError, UsageError
from pipelines.deriving.stored import MOST_WANTED
from pipelines.scoring.needs import Need, Needs
from scorers.catalogue import Catalogue, Entry, catalogue
from scorers.spec import EMBEDDINGS, Scorer, Settings, StoredRows

Options = Mapping[str, Mapping[str, Any]]
"""Values of options of scorers other than their defaults, by scorer and option; texts are converted."""


@dataclass(frozen=True)
class ScorerRun:
    """A scorer to run, with its settings and those of its axes that are wanted.

    - inputs: the versions of the axes it reads; needs: the stored rows that it, or an axis it reads, is computed from.
    - pairs: those of them that are about samples after an example, in the order of `Scorer.paired`.
    """

    entry: Entry
    settings: Settings
    axes: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    pairs: tuple[Need, ...] = ()

    @property
    def version(self) -> str:
        """What is stored as `scorer_version`: `1`, `1+parity`, `1+sql=5b4e11cd+mtld:1`, `1+embeddings=M@R`."""
        of_rows = stamps((*self.needs, *self.pairs))
        return "+".join((self.entry.scorer.version_of(self.settings), *self.inputs, *of_rows))

    @property
    def by_content(self) -> bool:
        """Whether equal content has equal scores."""
        return self.entry.scorer.content_addressed(self.settings) and all(need.by_content for need in self.needs)

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
    def needs(self) -> tuple[Need, ...]:
        """Stored rows that all of its scorers need, each with the columns that some scorer reads."""
        together: dict[StoredRows, Need] = {}
        for need in (need for work in self.works for need in work.needs):
            key = replace(need.rows, columns=())
            columns = (*(together[key].rows.columns if key in together else ()), *need.rows.columns)
            together[key] = replace(need, rows=replace(key, columns=tuple(dict.fromkeys(columns))))
        return tuple(together.values())

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
    needs: Needs | None = None,
) -> list[ScorerRun]:
    """The scorers that measure these axes, or every axis that can run here.

    Scorers that run only on request are left out unless an axis of theirs is named, and so are those that need stored
    rows which the lake has none of.

    - needs: looks those up; without it no scorer of samples that needs any is chosen.

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
    works = (
        _work(scorers, scorers.entry(name), tuple(axes), parity=parity, given=given, needs=needs)
        for name, axes in wanted.items()
    )
    return [work for work in works if work is not None]


def _with_inputs(names: Iterable[str], scorers: Catalogue) -> list[str]:
    """The axes, each after those it is made of, none twice."""
    return list(dict.fromkeys(each for name in names for each in (*scorers.axis(name)[1].scorer.axes_read, name)))


def _work(
    scorers: Catalogue, entry: Entry, axes: tuple[str, ...], *, parity: bool, given: Options, needs: Needs | None
) -> ScorerRun | None:
    def settings_of(scorer: Scorer) -> Settings:
        return scorer.settings(parity=parity, **given.get(scorer.name, {}))

    def needs_of(scorer: Scorer) -> tuple[Need, ...] | None:
        # Scorers of whole datasets read embeddings in a way of their own.
        if not scorer.stored or (scorer.of_sets and set(scorer.stored) == {EMBEDDINGS}):
            return ()
        return needs.of(scorer, settings_of(scorer)) if needs else None

    inputs, needed = [], needs_of(entry.scorer)
    for name in entry.scorer.axes_read:
        scorer = scorers.axis(name)[1].scorer
        of_axis = needs_of(scorer)
        if of_axis is None or needed is None:
            return None
        inputs.append("+".join((f"{name}:{scorer.version_of(settings_of(scorer))}", *stamps(of_axis))))
        needed = tuple(dict.fromkeys((*needed, *of_axis)))
    pairs = needs.pairs(entry.scorer, settings_of(entry.scorer)) if needs and needed is not None else ()
    if needed is None or pairs is None:
        return None
    return ScorerRun(entry, settings_of(entry.scorer), axes, tuple(inputs), needed, pairs)


def scan_groups(works: list[ScorerRun]) -> list[ScanGroup]:
    """Few passes: what is shared by content, what is not, what is made of other axes; at most 60 axes each.

    Scorers that need the same stored rows pass together: what waits for them is not pending.
    """
    kinds: dict[tuple[bool, bool, frozenset[Need]], list[list[ScorerRun]]] = {}
    for work in works:
        needs = frozenset(replace(need, rows=replace(need.rows, columns=())) for need in work.needs)
        groups = kinds.setdefault((bool(work.entry.scorer.axes_read), not work.by_content, needs), [[]])
        if sum(len(member.axes) for member in groups[-1]) + len(work.axes) > MOST_WANTED:
            groups.append([])
        groups[-1].append(work)
    first_to_last = sorted(kinds, key=lambda kind: kind[:2])
    return [ScanGroup(tuple(group), not kind[1]) for kind in first_to_last for group in kinds[kind]]


def stamps(needs: Iterable[Need]) -> list[str]:
    """What enters a version of stored rows."""
    return [need.stamp for need in needs]
