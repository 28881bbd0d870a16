"""What producers need running while they derive: a model's engine, opened when first needed, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from scorers.engines.interface import Calls


@dataclass(frozen=True)
class Runtime:
    """What a producer needs running.

    - key: producers with equal keys share what was opened.
    - open: what opens it; it is closed when another one is needed, and when the run ends, whatever ends it.
    """

    key: str
    open: Callable[[], AbstractContextManager[Any]]


@dataclass
class Running:
    """What is open now; at most one thing, since a model may fill the device."""

    _key: str | None = None
    _opened: Any = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def of(self, runtime: Runtime | None) -> Any:
        """What the runtime opened, now or before; None for no runtime."""
        if runtime is None:
            return None
        if runtime.key != self._key:
            self.close()
            self._opened = self._stack.enter_context(runtime.open())
            self._key = runtime.key
        return self._opened

    def holds(self, runtime: Runtime | None) -> bool:
        """Whether this is what is open."""
        return runtime is not None and runtime.key == self._key

    @property
    def calls(self) -> Calls:
        """A copy of what the model that is open has done; nothing where none is."""
        found = getattr(self._opened, "calls", None)
        return replace(found) if isinstance(found, Calls) else Calls()

    def close(self) -> None:
        """Close what is open; safe to call twice."""
        self._key = self._opened = None
        self._stack.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
