"""From a query to files."""

import dagster as dg

from dagster_project.partitions import SLICES

slice_and_export = dg.define_asset_job(
    "slice_and_export",
    selection=dg.AssetSelection.assets("slices", "exports"),
    partitions_def=SLICES,
    description="Makes a slice, audits it, and writes it; a slice that holds benchmark items is not written.",
)
