"""What a scorer declares, and the shape of the one function it provides."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from lake.errors import UnknownNameError, UsageError
from lake.kinds import Boolean, Kind, Real, Whole
from lake.values import TEXT

if TYPE_CHECKING:
    from scorers.batch import Batch, Column
    from scorers.collection import Collection, DatasetScore, Longs

Settings = Mapping[str, Any]
"""Option values of one run of a scorer; `parity` is always among them."""

ScoreFunction = Callable[["Batch", Settings], dict[str, "Column"]]
"""The pure function of a scorer: a batch of n samples to one column of n outcomes per axis."""

SetScoreFunction = Callable[["Collection", Settings], dict[str, "DatasetScore"]]
"""The pure function of a scorer of whole datasets: a collection to one measure per axis."""

CONTENT_COLUMNS = frozenset({"system", "instruction", "response", "messages"})
"""Columns of `samples` that a content id determines."""


@dataclass(frozen=True)
class Axis:
    """One number per sample (or dataset).

    - name: lower case, digits and underscores; also the column of `scored`.
    - type: float, integer, flag (0/1) or category (few coded values).
    - range: smallest and largest possible value; None where unbounded.
    - direction: higher or lower is better; none where no side is preferred.
    """

    name: str
    description: str
    type: Literal["float", "integer", "flag", "category"] = "float"
    unit: str = ""
    range: tuple[float | None, float | None] = (None, None)
    direction: Literal["higher", "lower", "none"] = "none"


@dataclass(frozen=True)
class Option:
    """A setting of a scorer that changes its numbers; a value other than the default enters the version.

    - kind: what it accepts; left out, any value of the type of the default.
    """

    name: str
    default: Any
    description: str
    kind: Kind | None = None

    @property
    def accepted(self) -> Kind:
        """What it accepts."""
        return self.kind or _BY_TYPE.get(type(self.default), TEXT)


_BY_TYPE: dict[type, Kind] = {bool: Boolean(), int: Whole(), float: Real()}


@dataclass(frozen=True)
class StoredRows:
    """What a scorer reads of a stored derived relation: one row a sample, made before the scorer runs.

    - relation: its name, which is that of a file in `pipelines/derivations/`.
    - kind: which rows of it, options of the scorer in braces: `text@{model}`; empty, or with nothing behind the
      @: those that the lake's settings name.
    - columns: those that are read, as `batch.stored(rows, column)`; a scorer of whole datasets has its own way.
    - parity: which rows the parity form reads, where these are others.
    """

    relation: str
    kind: str = ""
    columns: tuple[str, ...] = ()
    parity: str = ""

    def named(self, column: str) -> str:
        """The column as it stands in a batch."""
        return f"{self.relation}/{self.kind}/{column}"

    def kind_of(self, settings: Settings) -> str:
        """The kind with the values of options in place: percent-encoded, and left out where they are empty."""
        kind = self.parity if self.parity and settings["parity"] else self.kind
        if "{" not in kind:
            return kind
        given = {name: quote(str(value), safe=_KEPT) for name, value in settings.items()}
        filled = _EMPTY.sub("", kind.format_map(given))
        return filled.replace(",)", ")").replace("()", "")


_KEPT, _EMPTY = "/:~+@ ", re.compile(r"\w+=(?:,|(?=\)))")

EMBEDDINGS = StoredRows("embeddings", columns=("vector",))
"""The vectors of the lake's embedding model."""


@dataclass(frozen=True)
class PairedRows:
    """What a scorer of whole datasets reads of samples after another one as an example.

    - rows: of a relation that is kept by content; they are asked for when the examples are known.
    - examples: a collection, and how many of its rows are looked at, to the row that is the example of each of these;
      empty where the collection has none.
    """

    rows: StoredRows
    examples: Callable[[Collection, int], Longs]


@dataclass(frozen=True)
class Scorer:
    """The declaration of a scorer.

    - version: bumped by whoever changes its numbers.
    - reads: columns of `samples` it depends on.
    - stored: rows of stored derived relations it depends on, such as embeddings: derived before it, and their version
      enters its own. Where a sample's row says why there is no value, so does the score; where there is no row yet, the
      sample waits.
    - paired: rows about samples after an example, of a scorer of whole datasets; their version enters its own too. A
      sample without such a row is told of as one that the model has not been asked about.
    - axes_read: axes it depends on; they are measured before it, and their versions enter its own.
    - whole_set: its axes are of samples, but need the whole dataset at once.
    - corrections: how the canonical form differs from the reference; none = there is no parity form.
    - needs: modules it imports beyond the base install; extra: what brings them.
    - resource: the file of `scorers/resources/` that finds the data it needs, if any. Without that data its axes are
      not_applicable, of a version that says so: scoring again once the data is here measures them.
    - on_request: left out unless its axes are asked for by name, because it costs a hundred times the others.
    - model, revision: the model that decides the numbers, if any.
    - reference: name in the reference implementation and a value obtained from it.
    - cost_us: microseconds per 1,000 bytes of text on one core, for plans; of a whole dataset, per sample of 100,000.
    """

    name: str
    version: str
    axes: tuple[Axis, ...]
    reads: tuple[str, ...] = ("instruction", "response")
    stored: tuple[StoredRows, ...] = ()
    paired: tuple[PairedRows, ...] = ()
    axes_read: tuple[str, ...] = ()
    level: Literal["sample", "dataset"] = "sample"
    whole_set: bool = False
    options: tuple[Option, ...] = ()
    corrections: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    extra: str = ""
    resource: str = ""
    on_request: bool = False
    model: str | None = None
    revision: str | None = None
    citation: str = ""
    reference: str = ""
    cost_us: float = 10.0

    def settings(self, *, parity: bool = False, **given: Any) -> Settings:
        """Values of every option; `parity` asks for the reference's numbers where they differ.

        Raises UnknownNameError for an option it does not have and UsageError for a value that it does not accept;
        numbers may be given as texts.
        """
        declared = {option.name: option for option in self.options}
        values = {name: option.default for name, option in declared.items()}
        for name, value in given.items():
            if name not in declared:
                raise UnknownNameError.of(f"option of {self.name}", name, declared)
            try:
                values[name] = value if value == declared[name].default else declared[name].accepted(value)
            except UnknownNameError as error:
                raise UnknownNameError(f"Option {self.name}.{name}: {error.message}", hint=error.hint) from None
            except UsageError as error:
                raise UsageError(f"Option {self.name}.{name}: {error.message}", hint=error.hint) from None
        return MappingProxyType({**values, "parity": parity and bool(self.corrections)})

    def version_of(self, settings: Settings) -> str:
        """What is stored as `scorer_version`: `1`, `1+parity`, `1+match_mode=substring`."""
        parts = [self.version]
        if settings["parity"]:
            parts.append("parity")
        parts += [f"{o.name}={settings[o.name]}" for o in self.options if settings[o.name] != o.default]
        if self.absence(settings):
            parts.append(f"without={self.resource}")
        return "+".join(parts)

    def content_addressed(self, settings: Settings) -> bool:
        """Whether equal content ids imply equal scores.

        Not in parity form: the reference counts code points as they stand, content ids are of NFC text.
        """
        return not settings["parity"] and not self.axes_read and CONTENT_COLUMNS.issuperset(self.reads)

    def absence(self, settings: Settings) -> str:
        """Why the data it needs cannot be used, with the command that fetches it; empty when it can."""
        if not self.resource:
            return ""
        found: str = importlib.import_module(f"scorers.resources.{self.resource}").absence(settings)
        return found

    @property
    def sources(self) -> tuple[str, ...]:
        """What it is computed from, for people: columns, stored relations, other axes."""
        return (*self.reads, *dict.fromkeys(rows.relation for rows in self.stored), *self.axes_read)

    @property
    def judged(self) -> bool:
        """Whether its numbers are opinions of a judge, to be shown with their calibration."""
        return any(rows.relation == "judgements" and rows.kind.startswith("judge_") for rows in self.stored)

    @property
    def of_sets(self) -> bool:
        """Whether its function takes a collection, see `SetScoreFunction`, and not a batch."""
        return self.level == "dataset" or self.whole_set

    def missing(self) -> list[str]:
        """Modules it needs that are not installed; imports none of them."""
        return [module for module in self.needs if importlib.util.find_spec(module) is None]

    def check(self, function: object, place: str) -> None:
        """Refuse a declaration that cannot work; `place` names its file."""
        if not callable(function):
            raise UsageError(f"{place} declares SCORER but has no function score(batch, settings).")
        for axis in self.axes:
            if not axis.name.isidentifier() or axis.name != axis.name.lower():
                raise UsageError(
                    f"Axis {axis.name!r} in {place} is not a lower-case name of letters, digits and underscores."
                )
        if not self.axes:
            raise UsageError(f"The scorer in {place} declares no axis.")


@dataclass(frozen=True)
class Loaded:
    """What a file that is no Python module declares: the scorer, its function, and how it is computed in words."""

    scorer: Scorer
    score: ScoreFunction
    definition: str
