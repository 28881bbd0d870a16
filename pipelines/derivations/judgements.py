"""Answers of judges, for axes that read them."""

from __future__ import annotations

from lake.settings import Settings
from pipelines.judging.asked import STORED, producers

__all__ = ["STORED", "kind_of", "producers"]


def kind_of(settings: Settings) -> str:
    """The judge of the settings, where an axis names a question only."""
    return settings.judge
