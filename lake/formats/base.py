"""What every format speaks: the canonical sample, the binding to a source's columns, the refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

Record = Mapping[str, Any]
"""One source row: a JSON object, a CSV row, an Arrow row as Python values."""

FILE_KEY = "_file"
"""Where a record carries what its file says about all of its records."""

FIELDS = (
    "system",
    "instruction",
    "input",
    "response",
    "messages",
    "reference_answer",
    "rejected_response",
    "split",
)
"""Canonical fields a source column can be mapped to, by detection or by `--map field=column`."""


class Sample(NamedTuple):
    """A source row in canonical form.

    - instruction: the prompt; for several turns, everything before the last answer, rendered with role tags.
    - turns: (role, text) of every message, for the content id; None means system, instruction, response.
    - messages: the original turns, only for several turns or tools.
    - meta: every source column not held elsewhere.
    - n_turns: assistant turns, an expected answer included.
    """

    instruction: str
    response: str | None = None
    system: str | None = None
    turns: tuple[tuple[str, str], ...] | None = None
    messages: list[dict[str, Any]] | None = None
    reference_answer: str | None = None
    rejected_response: str | None = None
    split: str | None = None
    meta: dict[str, Any] | None = None
    n_turns: int = 1

    def conversation(self) -> Iterable[tuple[str, str]]:
        """The (role, text) pairs that make the content id."""
        if self.turns is not None:
            return self.turns
        pairs = [] if self.system is None else [("system", self.system)]
        pairs.append(("user", self.instruction))
        if self.response is not None:
            pairs.append(("assistant", self.response))
        return pairs


class Unusable(Exception):  # noqa: N818 - not a failure: the row goes to rejects with this reason
    """A record that cannot become a sample; the message is the reason stored with it."""


@dataclass(frozen=True)
class Binding:
    """A format bound to the columns of one source file; small and picklable.

    - format: name of the format, a module of `lake.formats`.
    - fields: canonical field -> source column.
    - options: what else the format must know (constants only).
    """

    format: str
    fields: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> str:
        """For people: `alpaca (instruction=instruction, response=output)`."""
        columns = ", ".join(f"{name}={column}" for name, column in self.fields.items())
        other = self.options.get("other")
        named = f"{self.format} ({columns})" if columns else self.format
        return f"{named}; other rows: {other.describe()}" if isinstance(other, Binding) else named


Converter = Callable[[Record], list[Sample]]
"""One record to its samples, usually one; raises Unusable with the reason when there is none."""


class Format(Protocol):
    """What a module of `lake.formats` provides.

    - NAME: the module's name, stored with the dataset.
    - RANK: formats are asked in this order; what asks for more columns comes before what asks for fewer.
    - TAKES: the fields a mapping by hand may give it.
    - COLUMNAR (optional): True when `single_columns` may convert its records instead.
    """

    NAME: str
    RANK: int
    TAKES: frozenset[str]

    def bind(self, records: list[Record]) -> Binding | None:
        """A binding when these first records (with columns) look like this format, else None."""
        ...

    def converter(self, binding: Binding) -> Converter:
        """The function that turns records into samples."""
        ...
