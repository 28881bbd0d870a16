"""Requests in batches of about as many positions each, longest first; no request ends the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from lake.errors import OdaError, is_interrupt
from scorers.engines.interface import Calls, EngineError, Failed, Ids

T = TypeVar("T")

_REASON_LENGTH = 300


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Rows by falling length, in groups of which the number times the longest is at most `budget`; never none.

    A group that has a quarter of the budget ends before a row under three quarters of its longest: padding would cost
    more than another batch does.
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    group: list[int] = []
    for row in order:
        longest = lengths[group[0]] if group else 0
        full = (len(group) + 1) * longest > budget
        shorter = 4 * lengths[row] < 3 * longest and 4 * len(group) * longest >= budget
        if group and (full or shorter):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def run(
    ids: Sequence[Ids],
    work: Callable[[list[int]], list[T | Failed]],
    *,
    refused: Callable[[int], Failed | None],
    budget: int,
    calls: Calls,
) -> list[T | Failed]:
    """The outcome of `work` for every row, in the order of the rows.

    - ids: what goes through the model for each, which decides the batches.
    - refused: why a row is not tried.

    Where `work` raises, the batch is halved, down to the row that is to blame: memory that did not suffice suffices
    for fewer, and a row that cannot be is alone. Raises EngineError where the device itself is lost.
    """
    outcomes: list[T | Failed | None] = [refused(row) for row in range(len(ids))]
    rows = [row for row, outcome in enumerate(outcomes) if outcome is None]
    for group in batches([len(ids[row]) for row in rows], budget):
        _attempt([rows[place] for place in group], ids, work, outcomes, calls)
    calls.failed += sum(isinstance(outcome, Failed) for outcome in outcomes)
    return [outcome for outcome in outcomes if outcome is not None]


def _attempt(rows: list[int], ids: Sequence[Ids], work: Any, outcomes: list[Any], calls: Calls) -> None:
    try:
        found = work(rows)
    except OdaError:
        raise
    except Exception as error:
        if is_interrupt(error):
            raise
        if lost(error):
            raise EngineError(f"The device is lost: {_reason(error)}", hint="Start the engine again.") from error
        if len(rows) == 1:
            outcomes[rows[0]] = Failed("failed", _reason(error))
            return
    else:
        for row, outcome in zip(rows, found, strict=True):
            outcomes[row] = outcome
        lengths = [len(ids[row]) for row in rows]
        calls.batches += 1
        calls.forwards += len(rows)
        calls.prompt_tokens += sum(lengths)
        calls.padding_tokens += len(rows) * max(lengths) - sum(lengths)
        return
    # Outside of `except`, whose traceback holds the tensors of what failed.
    release()
    middle = len(rows) // 2
    _attempt(rows[:middle], ids, work, outcomes, calls)
    _attempt(rows[middle:], ids, work, outcomes, calls)


def lost(error: Exception) -> bool:
    """Whether the device will answer nothing more; memory that did not suffice is not that."""
    import torch

    broken = getattr(torch, "AcceleratorError", ())
    return isinstance(error, broken) and not isinstance(error, torch.OutOfMemoryError)


def release() -> None:
    """Give memory that is only kept for later back to the device."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:_REASON_LENGTH]
