"""What follows by itself once the sensor `automation` is turned on; nothing that asks a server for money does."""

from __future__ import annotations

import dagster as dg

FOLLOWS = dg.AutomationCondition.eager()
"""As soon as what it is made from is there and has changed."""

FOLLOWS_ANY = (
    dg.AutomationCondition.any_deps_updated().since_last_handled()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
)
"""As soon as some of what it is made from has changed, whatever else is not there."""
