"""What to do with a dataset beyond its single samples."""

import dagster as dg

from dagster_project.partitions import DATASETS

embed_and_measure = dg.define_asset_job(
    "embed_and_measure",
    selection=dg.AssetSelection.groups("embeddings", "sets"),
    partitions_def=DATASETS,
    description="Embeds the samples of a dataset and measures it on every axis of whole datasets.",
)
