"""How assets are divided: one partition a dataset, one a slice; names are added as they appear."""

from __future__ import annotations

import dagster as dg

DATASETS = dg.DynamicPartitionsDefinition(name="datasets")
SLICES = dg.DynamicPartitionsDefinition(name="slices")
TRAININGS = dg.DynamicPartitionsDefinition(name="trainings")
"""What a slice is trained with: `RECIPE from BASE-MODEL`."""

TRAINED_SLICES = dg.MultiPartitionsDefinition({"slice": SLICES, "training": TRAININGS})

ONE_RUN = dg.BackfillPolicy.single_run()
"""A backfill is one run over its partitions: one process, each model loaded once."""
