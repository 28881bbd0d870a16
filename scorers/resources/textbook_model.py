"""The fastText classifier of textbook quality: a folder, a file, or what the hub's client has fetched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scorers.models.facts import read
from scorers.models.known import OWN
from scorers.models.weights import at_hand

PURPOSE = "textbook quality: textbook"
DEFAULT = "textbook"
FETCH = f"oda models fetch {DEFAULT}   (or name a file: --option textbook.model=…/model.bin)"


def absence(settings: Mapping[str, Any]) -> str:
    """Why the classifier of these settings cannot be used, with the way out; empty when it can."""
    return "" if located(settings["model"]) else f"the fastText model {settings['model']!r} is not here; {FETCH}"


def located(model: str) -> Path | None:
    """The file of the classifier; None where there is none."""
    if model == DEFAULT:
        facts = read(OWN / f"{DEFAULT}.toml")
        found = at_hand(facts)
        path = None if found is None else found.folder / (facts.module or "model.bin")
    else:
        path = Path(model).expanduser()
        path = path / "model.bin" if path.is_dir() else path
    return path if path is not None and path.is_file() else None
