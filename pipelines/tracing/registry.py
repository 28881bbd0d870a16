"""Which dataset a name means: those of the lake first, then well-known names, else a dataset outside the lake."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pipelines.tracing.names import Name, is_model, parse, similarity

ALIKE = 0.9
"""The least similarity at which a name may be that of a dataset of the lake; a person is asked."""

_SURE, _SPLIT = 0.9, 0.85

ITSELF = "the dataset itself"


@dataclass(frozen=True)
class Known:
    """A dataset of the lake, or one outside it whose documents were read."""

    node: str
    kind: str = "train"
    source: str = ""
    released: dt.date | None = None
    in_lake: bool = True


@dataclass(frozen=True)
class Resolution:
    """What a name means.

    - node: the dataset; empty where it means none, for the reason given.
    - how: `same name`, `address`, `alias`, `decision`, `its split`, `similar name`, `outside`.
    - certainty: that the name means this dataset, 0 to 1.
    """

    node: str
    how: str
    certainty: float = 1.0
    reason: str = ""


@cache
def aliases() -> tuple[tuple[str, ...], ...]:
    """The names of well-known datasets, the shown one first."""
    found = tomllib.loads(Path(__file__).with_name("aliases.toml").read_text(encoding="utf-8"))
    return tuple(tuple(names) for names in found["names"])


@cache
def _alias_groups() -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """The group of each bare name, and of each (organisation, name)."""
    bare: dict[str, int] = {}
    full: dict[tuple[str, str], int] = {}
    for number, names in enumerate(aliases()):
        for text in names:
            name = parse(text)
            if name.org:
                full[name.org, name.key] = number
            bare.setdefault(name.key, number)
    return bare, full


def group_of(name: Name) -> int | None:
    """The well-known dataset that a name means, by its number; an organisation that is not its own means another."""
    bare, full = _alias_groups()
    return full.get((name.org, name.key)) if name.org else bare.get(name.key)


@dataclass
class Registry:
    """The datasets that names may mean.

    - same: decisions of people, mention (lower case) -> node.
    - related: (child, parent) pairs that share something by measurement; they decide between equal candidates.
    """

    known: Mapping[str, Known]
    same: Mapping[str, str] = field(default_factory=dict)
    related: Collection[tuple[str, str]] = frozenset()
    _names: dict[str, list[Name]] = field(init=False)
    _outside: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {}
        for node, facts in self.known.items():
            names = [parse(node)]
            if facts.source.startswith("hf://"):
                names.append(parse(facts.source))
            self._names[node] = [name for name in names if name.key]

    def resolve(self, mention: str, child: str) -> Resolution:
        """The dataset that a document of `child` means by a name."""
        name = parse(mention)
        if decided := self.same.get(mention.strip().lower()):
            return Resolution(decided, "decision")
        if not name.key:
            return Resolution("", "", reason="no name of a dataset")
        if name.host == "code" and group_of(name) is None:
            name = replace(name, org="")  # owners of code and of datasets are named independently
        for how, certainty, candidates in self._candidates(name, child):
            if found := self._best(candidates, child):
                return Resolution(found, how, certainty)
        if self._means(name, child):
            return Resolution("", "", reason=ITSELF)
        if is_model(name):
            return Resolution("", "", reason="a model, not a dataset")
        return self._beyond(name)

    def _candidates(self, name: Name, child: str) -> Iterable[tuple[str, float, list[str]]]:
        """Datasets of the lake that a name may mean, the surest way first."""
        others = {node: names for node, names in self._names.items() if node != child}
        yield (
            "address",
            1.0,
            [node for node, names in others.items() if name.org and any(_path(each) == _path(name) for each in names)],
        )
        fit = {
            node: names for node, names in others.items()
            if not (name.org and (orgs := {each.org for each in names if each.org}) and name.org not in orgs)
        }  # fmt: skip
        yield "same name", 1.0, [n for n, names in fit.items() if any(each.key == name.key for each in names)]
        if self._means(name, child):
            return
        group = group_of(name)
        if group is not None:
            yield "alias", 0.95, [n for n, names in fit.items() if any(group_of(each) == group for each in names)]
        stems = {name.stem} | ({parse(text).stem for text in aliases()[group]} if group is not None else set())
        splits = [n for n, names in fit.items() if any(each.stem in stems and each.key != each.stem for each in names)]
        yield "its split", _SPLIT, splits
        scored = {n: max((similarity(each, name) for each in names), default=0.0) for n, names in fit.items()}
        best = max(scored.values(), default=0.0)
        if best >= ALIKE:
            yield "similar name", min(0.65, best * 0.7), [n for n, score in scored.items() if score == best]

    def _best(self, candidates: list[str], child: str) -> str:
        """One of several: related by measurement, for training, the shortest name."""

        def order(node: str) -> tuple[bool, bool, int, str]:
            return (child, node) not in self.related, self.known[node].kind == "benchmark", len(node), node

        return min(candidates, key=order, default="")

    def _means(self, name: Name, child: str) -> bool:
        """Whether a name is the child's own."""
        own = self._names.get(child) or [parse(child)]
        group = group_of(name)
        return any(
            _path(each) == _path(name) or (each.key == name.key and not (each.org and name.org))
            or (group is not None and group_of(each) == group)
            for each in own
        )  # fmt: skip

    def _beyond(self, name: Name) -> Resolution:
        """A dataset outside the lake, under one name however it is written."""
        group = group_of(name)
        if group is not None:
            return Resolution(aliases()[group][0], "alias", 0.95)
        if name.org:
            return Resolution(self._outside.setdefault(name.org + "/" + name.key, name.shown), "outside", 1.0)
        bare = next((node for key, node in self._outside.items() if key.rpartition("/")[2] == name.key), None)
        return Resolution(bare or self._outside.setdefault(name.key, name.shown), "outside", _SURE)


def _path(name: Name) -> tuple[str, str]:
    return name.org, name.key
