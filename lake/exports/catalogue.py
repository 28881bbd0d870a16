"""Which export formats there are: every module of this package that has a NAME."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import cast

from lake.errors import UnknownNameError
from lake.exports.base import ExportFormat


@cache
def formats() -> dict[str, ExportFormat]:
    """Every export format, by name; imports no library that reads them."""
    found: dict[str, ExportFormat] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        loaded = importlib.import_module(f"lake.exports.{module.name}")
        if hasattr(loaded, "NAME"):
            found[loaded.NAME] = cast("ExportFormat", loaded)
    return dict(sorted(found.items()))


def format_named(name: str) -> ExportFormat:
    """The format of that name; raises UnknownNameError with close matches."""
    if name not in formats():
        raise UnknownNameError.of("export format", name, formats())
    return formats()[name]
