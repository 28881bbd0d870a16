"""The switch of automation: off until somebody turns it on in the UI."""

import dagster as dg

automation = dg.AutomationConditionSensorDefinition(
    "automation",
    target=dg.AssetSelection.all() - dg.AssetSelection.groups("judges", "scores_on_request"),
    default_status=dg.DefaultSensorStatus.STOPPED,
    minimum_interval_seconds=30,
    description="Scores what is new or changed, and brings near-duplicates and contamination up to date.",
)
