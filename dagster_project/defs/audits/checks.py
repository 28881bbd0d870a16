"""One check step an audited asset, generated from `sql/audits/`; a selection of its checks runs only those."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.audits import Audit, audits
from dagster_project.resources import LakeResource


@dg.definitions
def defs() -> dg.Definitions:
    """The checks of every audited asset."""
    return dg.Definitions(asset_checks=[_checks(asset, found) for asset, found in audits().items()])


def _checks(asset: dg.AssetKey, found: list[Audit]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"audit_{'_'.join(asset.path)}",
        specs=[audit.spec() for audit in found],
        can_subset=True,
    )
    def checks(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
        chosen = {key.name for key in context.selected_asset_check_keys}
        with lake.open(read_only=True) as opened:
            for audit in found:
                if audit.relation.name in chosen:
                    # Checks run by themselves have no partition: they look at everything.
                    one = [context.partition_key] if context.has_partition_key else audit.everything(opened)
                    yield audit.result(opened, one)

    return checks
