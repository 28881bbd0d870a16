"""Scores of samples and datasets, and the vectors that some of them are made of."""

from __future__ import annotations

from lake.tables.schema import Column, Table

SCORES = Table(
    "scores",
    "One row per sample and axis: a value, or NULL with a status.",
    (
        Column("sample_id", "BIGINT", "sample scored"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("axis", "VARCHAR", "axis, e.g. mtld"),
        Column("scorer_version", "VARCHAR", "version of the scorer that produced it"),
        Column(
            "value",
            "DOUBLE",
            "score; NULL unless status is ok; whole numbers are exact up to 2^53",
            was=(6, "FLOAT"),
        ),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable"),
        Column("detail", "VARCHAR", "reason when there is no value"),
    ),
    partitioned_by=("dataset",),
    was_partitioned_by=(6, ("axis", "dataset")),
    keys=(("sample_id", "axis"),),
    decided_by=("content_id", "reference_answer", "rejected_response"),
)

SCORED_AXES = Table(
    "scored_axes",
    "One row per scored sample, one DOUBLE column per axis; refreshed from scores, read through the view scored.",
    (
        Column("sample_id", "BIGINT", "sample scored"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
    ),
    partitioned_by=("dataset",),
    keys=(("sample_id",),),
)

DATASET_SCORES = Table(
    "dataset_scores",
    "One row per dataset and axis measured over whole datasets; for an axis of samples, its mean.",
    (
        Column("dataset", "VARCHAR", "dataset scored"),
        Column("axis", "VARCHAR", "axis, e.g. vendi"),
        Column("scorer_version", "VARCHAR", "version of the scorer that produced it"),
        Column("value", "DOUBLE", "score; NULL unless status is ok"),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable"),
        Column("n", "BIGINT", "samples it was computed from"),
        Column("coverage", "DOUBLE", "n divided by the samples of the dataset"),
        Column("parameters", "JSON", "settings it was computed with"),
        Column("detail", "VARCHAR", "reason when there is no value"),
        Column("facts", "JSON", "further results: intervals, counts, the same measure in other units", since=3),
        Column("fingerprint", "VARCHAR", "hash of the samples and vectors it was computed from", since=3),
    ),
    keys=(("dataset", "axis"),),
)

EMBEDDINGS = Table(
    "embeddings",
    "One row per sample and embedding model: a vector, or NULL where the sample has no text.",
    (
        Column("sample_id", "BIGINT", "sample embedded", since=3),
        Column("dataset", "VARCHAR", "dataset of the sample", since=3),
        Column("model", "VARCHAR", "embedding model, as named in the settings", since=3),
        Column("revision", "VARCHAR", "hash of the model's weights and settings", since=3),
        Column("vector", "FLOAT[]", "what the model makes of instruction and response, joined by a line feed", since=3),
    ),
    partitioned_by=("dataset",),
    since=3,
    keys=(("sample_id", "model"),),
    decided_by=("content_id",),
)
