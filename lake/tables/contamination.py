"""Benchmark items found in samples."""

from __future__ import annotations

from lake.tables.schema import Column, Table

CONTAMINATION = Table(
    "contamination",
    "One row per benchmark item, sample and method: that the sample holds the item, or something of it.",
    (
        Column("item_id", "BIGINT", "sample id of the benchmark item"),
        Column("benchmark", "VARCHAR", "benchmark of the item"),
        Column("sample_id", "BIGINT", "sample that was looked at"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("method", "VARCHAR", "exact, letters, runs, edited, near, embedding or judge"),
        Column("verdict", "VARCHAR", "contaminated, or trace: too little to be a finding"),
        Column("coverage", "DOUBLE", "share of the item's words that stand in the sample in common runs"),
        Column("weight", "DOUBLE", "share of its runs, the rarer in the benchmark the heavier"),
        Column("longest_run", "INTEGER", "words of the longest common run"),
        Column("item_words", "INTEGER", "words of the item"),
        Column("part", "VARCHAR", "where the longest run begins in the sample: prompt or response"),
        Column("matched", "VARCHAR", "text of the item that the longest run covers, at most 300 characters"),
        Column(
            "similarity", "DOUBLE", "for near the Jaccard index of both prompts, for embedding and judge the cosine"
        ),
        Column("answer", "BOOLEAN", "whether the item's answer is there too; NULL for a trace, and without an answer"),
    ),
    since=7,
    keys=(("item_id", "sample_id", "method"),),
)

CONTAMINATION_SCANS = Table(
    "contamination_scans",
    "One row per dataset, benchmark and method: how far the dataset was looked through for items of the benchmark.",
    (
        Column("dataset", "VARCHAR", "dataset looked through"),
        Column("benchmark", "VARCHAR", "benchmark looked for"),
        Column("method", "VARCHAR", "text (exact, letters, runs, edited and near), embedding or judge"),
        Column("parameters", "VARCHAR", "hash of everything that a result depends on"),
        Column("of_dataset", "VARCHAR", "when the rows of the dataset came into the lake"),
        Column("of_benchmark", "VARCHAR", "when those of the benchmark did"),
        Column("scanned_to", "BIGINT", "largest sample id looked at"),
        Column("finished", "BOOLEAN", "whether that was the last"),
        Column("scanned", "TIMESTAMP", "when, UTC"),
    ),
    since=7,
    keys=(("dataset", "benchmark", "method"),),
)
