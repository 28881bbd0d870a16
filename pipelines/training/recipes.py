"""Recipes: settings of a training by name, as data in the keys of LLaMA-Factory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lake.errors import UnknownNameError

FILE = Path(__file__).with_name("recipes.yaml")


@dataclass(frozen=True)
class Recipe:
    """A recipe: what it is for, the base model it was made for, and its settings."""

    name: str
    purpose: str
    base: str
    settings: dict[str, Any]

    def global_batch(self, devices: int = 1) -> int:
        """Sequences an optimizer step takes on so many devices."""
        per_device = int(self.settings["per_device_train_batch_size"])
        return per_device * int(self.settings["gradient_accumulation_steps"]) * devices


@cache
def recipes() -> dict[str, Recipe]:
    """Every recipe by name."""
    known = yaml.safe_load(FILE.read_text(encoding="utf-8"))["recipes"]
    return {name: Recipe(name, each["for"], each["base"], each["settings"]) for name, each in known.items()}


def recipe(name: str) -> Recipe:
    """The recipe of that name; raises UnknownNameError with close matches."""
    known = recipes()
    if name not in known:
        raise UnknownNameError.of("recipe", name, known)
    return known[name]
