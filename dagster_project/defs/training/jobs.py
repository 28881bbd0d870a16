"""From a slice to its row of the leaderboard, in one run."""

import dagster as dg

from dagster_project.partitions import TRAINED_SLICES
from pipelines.at_hand import no_program


@dg.definitions
def defs() -> dg.Definitions:
    """The job, where its programs are installed."""
    if no_program("trl", "train") or no_program("lm_eval", "evaluate"):
        return dg.Definitions()
    job = dg.define_asset_job(
        "slice_to_leaderboard",
        selection=dg.AssetSelection.assets("trainings", "evaluations", "all_evaluations", "leaderboard", "findings"),
        partitions_def=TRAINED_SLICES,
        description="Trains a slice by a recipe, evaluates what came out, and makes the leaderboard anew.",
    )
    return dg.Definitions(jobs=[job])
