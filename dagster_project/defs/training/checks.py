"""Are the keys sound of what trainings and evaluations left? A step of its own: nobody trains again to look."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.checks import evaluations, specs_of
from dagster_project.resources import LakeResource


@dg.definitions
def defs() -> dg.Definitions:
    """The checks of what is made one training at a time; each looks at all there is."""
    return dg.Definitions(asset_checks=[_step(asset) for asset in ("trainings", "evaluations")])


def _step(asset: str) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=f"audit_{asset}", specs=specs_of(dg.AssetKey(asset), None), can_subset=True)
    def looked_at(context: dg.AssetCheckExecutionContext, lake: LakeResource) -> Iterator[dg.AssetCheckResult]:
        chosen = context.selected_asset_check_keys
        with lake.open(read_only=True) as opened:
            for found in evaluations(opened, chosen, divided=None, partitions=None, targets={}):
                yield dg.AssetCheckResult(
                    asset_key=found.asset_key,
                    check_name=found.check_name,
                    passed=found.passed,
                    severity=found.severity,
                    description=found.description,
                    metadata=found.metadata,
                )

    return looked_at
