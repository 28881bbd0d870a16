"""The leaderboard: what training on each dataset added to a model, and how sure that is.

A board compares subjects (slices and datasets) trained from one base model by one recipe and evaluated alike. Scores
are SQL (the view `leaderboard`); intervals, rank sets and tests are `pipelines.ranking`; `pipelines.boards` joins both.
"""

from __future__ import annotations

from lake.catalog import Lake
from pipelines.boards.board import Board, compute
from pipelines.boards.compare import Comparison, compare
from pipelines.boards.findings import AxisFinding, BaseAgreement, axis_findings, base_agreements
from pipelines.boards.gather import Which


def leaderboard(
    lake: Lake, which: Which, *, level: float = 0.95, k: int = 5, clean: bool = False, seed: int = 0
) -> Board:
    """The board of a base model and recipe by one measure, with rank sets.

    - level: of all intervals; the sets of ranks hold for all subjects at once.
    - k: how many count as the top, for the probability to be among them.
    - clean: leave out items that stand in what any subject was trained on.

    Raises UnknownNameError for a measure the board does not have.
    """
    return compute(lake, which, level=level, k=k, clean=clean, seed=seed).board


def compare_subjects(lake: Lake, which: Which, first: str, second: str, *, level: float = 0.95) -> Comparison:
    """Whether two subjects of a board can be told apart, and what it would take if not.

    Raises UnknownNameError for a subject that is not ranked, UsageError where no errors are known.
    """
    return compare(compute(lake, which, level=level), first, second)


def agreement_of_bases(lake: Lake, which: Which, *, level: float = 0.95) -> list[BaseAgreement]:
    """How far base models order the same subjects alike, overall and by domain."""
    return base_agreements(lake, which.origin, which.grouping, level=level)


def axes_against_gains(lake: Lake, which: Which, *, level: float = 0.95) -> list[AxisFinding]:
    """How far every axis and cheap proxy orders subjects as their gains do, the best first."""
    return axis_findings(lake, which, level=level)
