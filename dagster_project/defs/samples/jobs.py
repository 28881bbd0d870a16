"""What to do with a dataset: read it, score it, show it."""

import dagster as dg

from dagster_project.partitions import DATASETS

_AFTER_SAMPLES = dg.AssetSelection.groups("scores") | dg.AssetSelection.assets("scored", "dataset_profile")

ingest_and_score = dg.define_asset_job(
    "ingest_and_score",
    selection=dg.AssetSelection.assets("samples") | _AFTER_SAMPLES,
    partitions_def=DATASETS,
    description="Reads a dataset, scores it on every axis, refreshes the wide table and the profile.",
)

score = dg.define_asset_job(
    "score",
    selection=_AFTER_SAMPLES,
    partitions_def=DATASETS,
    description="Scores what a dataset lacks on every axis, refreshes the wide table and the profile.",
)
