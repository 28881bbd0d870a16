"""How fast a server may be asked: requests and tokens a minute, waits it asks for, and waits between tries."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from collections.abc import Callable

_FIRST, _LONGEST = 0.5, 60.0
"""Seconds of the first wait between tries, and of the longest; a server may ask for more."""

_PATIENCE = 600.0
"""Seconds that a server may ask to wait at most."""


class Pace:
    """A queue for one server: every request passes it, and waits its turn."""

    def __init__(
        self, requests_per_minute: int, tokens_per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._apart = 60 / requests_per_minute if requests_per_minute else 0.0
        self._per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._clock = clock
        self._requests_free = self._tokens_free = self._closed_until = 0.0

    def due(self, tokens: int) -> float:
        """When a request of so many tokens may go; takes its place in the queue."""
        due = max(self._clock(), self._requests_free, self._tokens_free, self._closed_until)
        self._requests_free = due + self._apart
        self._tokens_free = due + tokens * self._per_token
        return due

    def correct(self, tokens: int) -> None:
        """Take so many tokens more (less, where negative) than a request was thought to need."""
        self._tokens_free += tokens * self._per_token

    def pause(self, seconds: float) -> None:
        """Let nothing go for so long: the server has said so."""
        self._closed_until = max(self._closed_until, self._clock() + min(seconds, _PATIENCE))

    async def turn(self, tokens: int) -> None:
        """Wait until a request of so many tokens may go."""
        due = self.due(tokens)
        while (left := max(due, self._closed_until) - self._clock()) > 0:
            await asyncio.sleep(left)


def backoff(tries: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many tries that failed: doubling, between half and all of it by chance."""
    return float(min(_LONGEST, _FIRST * 2 ** (tries - 1)) * (0.5 + chance() / 2))


def retry_after(value: str | None, now: Callable[[], float] = time.time) -> float:
    """Seconds that a header Retry-After asks for, given as a number or a date; 0 where it asks for nothing."""
    if not value:
        return 0.0
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now())
    except ValueError:
        return 0.0
