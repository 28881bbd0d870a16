"""What an engine's process and its owner say to each other; pickled, both are this program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lake.errors import OdaError
from scorers.engines.interface import Calls, Capability
from scorers.models.facts import ModelFacts


@dataclass(frozen=True)
class Ready:
    """The model is loaded."""

    facts: ModelFacts
    capabilities: frozenset[Capability]
    stamp: str
    tokenizes: bool


@dataclass(frozen=True)
class Call:
    """A method of the engine to be called with these requests."""

    method: str
    requests: list[Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True)
class Done:
    """The outcomes of a call, and what it took."""

    outcomes: list[Any]
    calls: Calls


@dataclass(frozen=True)
class Refused:
    """An error that says what to do: the engine cannot be opened, or cannot do what is asked."""

    error: OdaError


@dataclass(frozen=True)
class Broken:
    """The call ended in an exception; survives: the engine can go on."""

    reason: str
    survives: bool


@dataclass(frozen=True)
class Beat:
    """A sign of life."""
