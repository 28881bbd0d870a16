"""Gradients, for axes of how a sample would change a model."""

from __future__ import annotations

from collections.abc import Sequence

from lake.settings import Settings
from lake.tables import GRADIENT_SIGNALS
from pipelines.deriving.stored import Producer
from pipelines.signalling.asked import producers as asked
from pipelines.signalling.asked import stored
from pipelines.signalling.asked import unnamed as kind_of

STORED = stored(GRADIENT_SIGNALS, value="tokens")

__all__ = ["STORED", "kind_of", "producers"]


def producers(settings: Settings, kinds: Sequence[str]) -> list[Producer]:
    """A producer for each signal; raises OdaError for a model that cannot be had."""
    return asked(STORED, settings, kinds)
