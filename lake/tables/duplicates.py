"""Signatures of texts, the pairs that they find, and their clusters."""

from __future__ import annotations

from lake.tables.schema import Column, Table

SIGNATURES = Table(
    "signatures",
    "One row per sample, view and parameters: its MinHash signature.",
    (
        Column("sample_id", "BIGINT", "sample signed"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("view", "VARCHAR", "text signed: sample, instruction or response"),
        Column("parameters", "VARCHAR", "hash of everything a signature depends on"),
        Column("shingles", "INTEGER", "shingles of the text, repeats included; 0 for a text shorter than one"),
        Column("whole", "BIGINT", "hash of the text up to case and white space; NULL for an empty text"),
        *(
            Column(
                f"lane_{lane:02}",
                "BIGINT",
                f"permutations {8 * lane} to {8 * lane + 7}, a byte each, the first lowest; NULL where not used",
            )
            for lane in range(16)
        ),
    ),
    partitioned_by=("view", "dataset"),
    since=2,
    keys=(("sample_id", "view", "parameters"),),
)

NEAR_DUPLICATE_PAIRS = Table(
    "near_duplicate_pairs",
    "One row per verified pair of near-duplicates of a view.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("sample_id", "BIGINT", "the earlier sample"),
        Column("dataset", "VARCHAR", "its dataset"),
        Column("other_id", "BIGINT", "the later sample"),
        Column("other_dataset", "VARCHAR", "its dataset"),
        Column("jaccard", "FLOAT", "exact Jaccard index of the shingles of both; NULL in the view meaning"),
        Column("estimate", "FLOAT", "what the signatures say of it"),
        Column("shared_bands", "INTEGER", "bands of the signatures that agree"),
        Column("cosine", "FLOAT", "cosine of the embeddings of both, in the view meaning; NULL in others", since=4),
    ),
    partitioned_by=("view",),
    since=2,
    keys=(("view", "sample_id", "other_id"),),
)

NEAR_DUPLICATES = Table(
    "near_duplicates",
    "One row per view and sample that another one stands for.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("sample_id", "BIGINT", "sample that is not the survivor of its cluster"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("cluster", "BIGINT", "smallest sample id of the cluster"),
        Column("survivor_id", "BIGINT", "sample that stands for it"),
        Column("survivor_dataset", "VARCHAR", "dataset of the survivor"),
        Column("similarity", "FLOAT", "Jaccard index (or cosine) with the survivor; NULL where only others link them"),
        Column("reason", "VARCHAR", "exact (equal text), near (a verified pair) or chain (linked through others)"),
    ),
    partitioned_by=("view",),
    since=2,
    keys=(("view", "sample_id"),),
)

DEDUP_RUNS = Table(
    "dedup_runs",
    "One row per view: the run that near_duplicates comes from.",
    (
        Column("view", "VARCHAR", "text compared: sample, instruction, response, or its meaning"),
        Column("parameters", "JSON", "every parameter with its value, bands and rows included"),
        Column("signed", "JSON", "samples compared, by dataset"),
        Column("last_id", "BIGINT", "largest sample id compared"),
        Column("report", "JSON", "what was found: hot buckets, loss by dataset, largest clusters, flags"),
        Column("created", "TIMESTAMP", "when, UTC"),
    ),
    since=2,
    keys=(("view",),),
)
