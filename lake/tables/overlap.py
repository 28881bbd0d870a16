"""What datasets share, and what a dataset repeats."""

from __future__ import annotations

from lake.tables.schema import Column, Table

PROMPT_KEYS = Table(
    "prompt_keys",
    "One row per sample: hashes by which its prompt and answer are compared with others, not by their exact letters.",
    (
        Column("sample_id", "BIGINT", "sample"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("view", "VARCHAR", "always prompt: of several turns the first of the user"),
        Column("version", "VARCHAR", "hash of everything that the keys depend on"),
        Column("words", "INTEGER", "words of the prompt"),
        Column("letters", "BIGINT", "hash of its words in order; NULL for under 8 letters and digits"),
        Column("answer", "BIGINT", "the same of the answer"),
        Column("wide", "BOOLEAN", "whether the prompt is mostly in letters beyond Latin ones"),
        Column("runs", "BIGINT[]", "hashes of some of its runs of five words, distinct: any 8 words in a row hold one"),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "view", "version"),),
    decided_by=("content_id",),
)

DATASET_OVERLAPS = Table(
    "dataset_overlaps",
    "One row per ordered pair of datasets and measure: how much of the first is found in the second.",
    (
        Column("dataset", "VARCHAR", "dataset looked at"),
        Column("other", "VARCHAR", "dataset its rows are looked for in"),
        Column("measure", "VARCHAR", "what equal means: content, instruction, letters, runs, near_instruction, …"),
        Column("rows", "BIGINT", "rows of the dataset that can be compared; word runs for runs, pairs for answers"),
        Column("found", "BIGINT", "those of them that the other has"),
        Column("containment", "DOUBLE", "found / rows"),
        Column("low", "DOUBLE", "lower end of its 95 % interval; equal to it where everything was compared"),
        Column("high", "DOUBLE", "upper end"),
        Column("keys", "BIGINT", "distinct keys that both have"),
        Column("jaccard", "DOUBLE", "distinct keys of both / distinct keys of either"),
        Column("similarity", "DOUBLE", "for answers: mean share of an answer's word runs that the other's has"),
    ),
    since=7,
    keys=(("dataset", "other", "measure"),),
)

DATASET_REDUNDANCY = Table(
    "dataset_redundancy",
    "One row per dataset and measure: what it repeats, and what others have too.",
    (
        Column("dataset", "VARCHAR", "dataset"),
        Column("measure", "VARCHAR", "what equal means, as in dataset_overlaps"),
        Column("rows", "BIGINT", "rows that can be compared; word runs for runs"),
        Column("keys", "BIGINT", "distinct ones"),
        Column("elsewhere", "BIGINT", "rows that some other dataset has too"),
        Column("parts", "BIGINT", "rows found in smaller datasets of which it holds at least half"),
        Column("wide", "BIGINT", "for letters: rows mostly in letters beyond Latin ones"),
    ),
    since=7,
    keys=(("dataset", "measure"),),
)

OVERLAP_RUNS = Table(
    "overlap_runs",
    "One row: the run that dataset_overlaps and dataset_redundancy come from.",
    (
        Column("parameters", "JSON", "every parameter with its value"),
        Column("datasets", "JSON", "dataset -> when it came, and its rows"),
        Column("near", "JSON", "view -> when its near-duplicates were sought"),
        Column("created", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("created",),),
)
