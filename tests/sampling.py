"""How many examples a property is tried on: all in CI, fewer at hand."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

THOROUGH = bool(os.environ.get("CI"))


def examples(count: int, **options: Any) -> settings:
    """Settings of a property: `count` examples in CI, a fifth of them (at least ten) elsewhere; no deadline."""
    return settings(max_examples=count if THOROUGH else max(10, count // 5), deadline=None, **options)


def default_profile() -> None:
    """What properties use that say nothing of their own."""
    settings.register_profile("oda", examples(100))
    settings.load_profile("oda")
