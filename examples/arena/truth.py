"""What was planted, in plain values: the answer key that checks and tests compare a lake with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A row: its dataset and its position there from 0, broken rows counted."""

    dataset: str
    row: int


@dataclass(frozen=True)
class DatasetTruth:
    """One dataset: what it is, where it lies, and what is in it.

    - file: below the folder of the arena; format: the native format it is written in.
    - rows: samples and rejected rows together; rejected: positions of the broken rows.
    - think: positions of rows whose answer holds a `<think>` block.
    """

    name: str
    kind: str
    file: str
    format: str
    domains: tuple[str, ...]
    declared_parents: tuple[str, ...]
    rows: int
    rejected: tuple[int, ...]
    think: tuple[int, ...]

    @property
    def samples(self) -> int:
        """Rows that become samples."""
        return self.rows - len(self.rejected)


@dataclass(frozen=True)
class NearDuplicate:
    """A text and a lightly edited form of it, each with all the rows that hold it.

    - jaccard: of the sets of 5-word shingles of whole conversations, lower case.
    """

    original: tuple[Place, ...]
    edited: tuple[Place, ...]
    jaccard: float


@dataclass(frozen=True)
class Leak:
    """A benchmark item inside a training row.

    - how: verbatim (the prompt is the question), edited (the question with other words), embedded (the question
      stands inside a longer text).
    - with_answer: the row also gives the benchmark's answer word for word.
    """

    item: Place
    row: Place
    how: str
    with_answer: bool


@dataclass(frozen=True)
class Edge:
    """A parent of a dataset.

    - relation: inclusion, refinement or mixture; none where it is declared and nothing was taken.
    - declared: whether the child's description names the parent.
    - taken: rows of the child made from rows of the parent, edited ones included.
    """

    parent: str
    child: str
    relation: str
    declared: bool
    taken: int


@dataclass(frozen=True)
class SharedPrompts:
    """How many different prompts (case and white space aside) two datasets have in common; `a` < `b`."""

    a: str
    b: str
    prompts: int


@dataclass(frozen=True)
class Truth:
    """Everything that was planted in an arena.

    - unparsable: a dataset whose file does not parse at all; its reason is the parser's.
    - exact_duplicates: groups of rows with the same roles and texts, within and across datasets.
    """

    seed: int
    datasets: tuple[DatasetTruth, ...]
    unparsable: str
    exact_duplicates: tuple[tuple[Place, ...], ...]
    near_duplicates: tuple[NearDuplicate, ...]
    leaks: tuple[Leak, ...]
    edges: tuple[Edge, ...]
    shared_prompts: tuple[SharedPrompts, ...]

    def as_dict(self) -> dict[str, Any]:
        """The truth as plain values; a place is `[dataset, row]`."""
        return asdict(self)

    def dataset(self, name: str) -> DatasetTruth:
        """The dataset of that name; KeyError when there is none."""
        return {each.name: each for each in self.datasets}[name]
