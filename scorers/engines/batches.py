"""Requests in, outcomes out, each at its place: what is refused beforehand, what is run together, what is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Literal, TypeVar

from scorers.engines.interface import Calls, Failed

R = TypeVar("R")


class Batches(Generic[R]):
    """One call of an engine: its requests, those refused, the outcomes so far."""

    def __init__(
        self,
        requests: Sequence[R],
        refused: Sequence[Failed | None],
        calls: Calls,
        *,
        kind: Literal["forwards", "backwards", "generations"] = "forwards",
    ) -> None:
        self._requests = requests
        self._outcomes: list[Any] = list(refused)
        self._calls = calls
        self._kind = kind
        calls.failed += sum(outcome is not None for outcome in refused)

    def within(self, budget: int, weigh: Callable[[R], int] = lambda _: 1) -> Iterator[list[int]]:
        """The places of requests to be run together, longest first: of each group, the weights are within a budget.

        A request heavier than the budget goes alone. Requests that were refused are in no group.
        """
        weights = {
            place: weigh(request) for place, request in enumerate(self._requests) if self._outcomes[place] is None
        }
        group: list[int] = []
        total = 0
        for place in sorted(weights, key=lambda place: (-weights[place], place)):
            if group and total + weights[place] > budget:
                yield self._counted(group)
                group, total = [], 0
            group.append(place)
            total += weights[place]
        if group:
            yield self._counted(group)

    def put(self, place: int, outcome: Any, *, tokens: int, made: int = 0) -> None:
        """Set the outcome of a request that was run, and count its tokens."""
        self._outcomes[place] = outcome
        calls = self._calls
        setattr(calls, self._kind, getattr(calls, self._kind) + 1)
        calls.prompt_tokens += tokens
        calls.generated_tokens += made
        calls.failed += isinstance(outcome, Failed)

    def outcomes(self) -> list[Any]:
        """An outcome for every request, in their order."""
        assert all(outcome is not None for outcome in self._outcomes), "a request without an outcome"
        return self._outcomes

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds spent."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._calls.seconds += time.perf_counter() - started

    def _counted(self, group: list[int]) -> list[int]:
        self._calls.batches += 1
        return group
