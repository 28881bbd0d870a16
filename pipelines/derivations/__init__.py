"""Stored derived relations that axes read by name: a file for each, found by its name.

A file has `STORED`, the relation; `kind_of(settings)`, the rows that the lake's settings name; and
`producers(settings, kinds)`, what derives rows of these kinds: it loads no model, and raises OdaError, with the way
out, where one cannot be had on this machine.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from lake.errors import UnknownNameError
from lake.settings import Settings
from pipelines.deriving.stored import Producer, Stored


class Derivation(Protocol):
    """A file of this folder."""

    STORED: Stored

    def kind_of(self, settings: Settings) -> str:
        """The kind of the rows that the settings name; raises UsageError where they name none."""

    def producers(self, settings: Settings, kinds: Sequence[str]) -> list[Producer]:
        """What derives rows of these kinds; raises OdaError where that cannot be done here."""


def derivation(relation: str) -> Derivation:
    """How the rows of a stored relation are derived; raises UnknownNameError for one that has no file here."""
    name = f"{__name__}.{relation}"
    if not relation.isidentifier() or importlib.util.find_spec(name) is None:
        known = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
        raise UnknownNameError.of("stored relation that axes read", relation, known)
    return cast("Derivation", importlib.import_module(name))
