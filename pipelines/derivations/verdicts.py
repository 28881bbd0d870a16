"""Checks of generated answers, for the axis fail_rate."""

from __future__ import annotations

from pipelines.judging.checked import STORED, producers
from pipelines.signalling.asked import unnamed as kind_of

__all__ = ["STORED", "kind_of", "producers"]
