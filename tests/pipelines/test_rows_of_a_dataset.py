"""What belongs to a dataset: every relation that says so is emptied with it, or keeps its rows for a stated reason."""

from __future__ import annotations

from lake.tables import TABLES
from pipelines.ingesting.commit import OF_TWO, PER_DATASET

KEPT = {
    "slice_members": "a slice stays as it was made",
    "slice_exclusions": "a slice stays as it was made",
    "lineage_documents": "what was written stays true of the name",
    "lineage_readings": "what was written stays true of the name",
    "lineage_claims": "what was written stays true of the name",
    "lineage_reviews": "decisions of a person are kept",
    "evaluations": "of a benchmark's name, not of a dataset",
    "evaluation_items": "of a benchmark's name, not of a dataset",
}


def test_every_relation_with_rows_of_datasets_goes_with_them_or_says_why_not() -> None:
    names = {"sample_id", "dataset", "child", "benchmark"}
    of_datasets = {table.name for table in TABLES if names & {column.name for column in table.columns}}
    assert of_datasets == {*PER_DATASET, *OF_TWO, *KEPT}
    assert not KEPT.keys() & {*PER_DATASET, *OF_TWO}
