"""Outputs of heads, for axes of reward models and classifiers."""

from __future__ import annotations

from collections.abc import Sequence

from lake.settings import Settings
from lake.tables import REWARDS
from pipelines.deriving.stored import Producer
from pipelines.signalling.asked import producers as asked
from pipelines.signalling.asked import stored
from pipelines.signalling.asked import unnamed as kind_of

STORED = stored(REWARDS, value="values")

__all__ = ["STORED", "kind_of", "producers"]


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each signal; raises OdaError for a model that cannot be had."""
    return asked(STORED, settings, kinds)
