"""A blocking audit holds back what is made from its partition, whichever run found the fault."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from dagster_project.audits import audits
from lake.catalog import Lake
from lake.errors import UsageError


def require_sound(lake: Lake, asset: dg.AssetKey, partition: str, *, settled: Collection[str] = ()) -> None:
    """Refuse to go on from an asset that a blocking audit finds fault with.

    Within a run the checks of the asset do so; an export may be a run of its own. Raises UsageError naming the audit.

    - settled: audits whose finding was decided about.
    """
    for audit in audits().get(asset, []):
        if audit.relation.name in settled:
            continue
        if audit.blocking and (found := audit.offending(lake, [partition]).num_rows):
            way_out = audit.way_out or audit.relation.grain
            raise UsageError(
                f"{partition!r} is blocked by the audit {audit.relation.name}: {found:,} rows offend.",
                hint=f"See them in the checks of {asset.to_user_string()}: {way_out}",
            )
