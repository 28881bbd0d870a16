"""Datasets, their samples, and the rows that could not become samples."""

from __future__ import annotations

from lake.tables.schema import Column, Table

DATASETS = Table(
    "datasets",
    "One row per dataset in the lake.",
    (
        Column("dataset", "VARCHAR", "name, unique in the lake"),
        Column("dataset_no", "BIGINT", "number that prefixes the sample ids of the dataset"),
        Column("kind", "VARCHAR", "train or benchmark"),
        Column("domains", "VARCHAR[]", "subject areas, e.g. math, code, general"),
        Column("source", "VARCHAR", "where it was read from: path, glob or hf:// uri"),
        Column("revision", "VARCHAR", "revision of the source, where it has one"),
        Column("fingerprint", "VARCHAR", "hash of the source bytes, settings and description; equal = unchanged"),
        Column("license", "VARCHAR", "licence as stated by the source"),
        Column("released", "DATE", "release date of the source"),
        Column("parents", "VARCHAR[]", "datasets it is declared to be made from"),
        Column("card", "VARCHAR", "card text (Markdown)"),
        Column("format", "VARCHAR", "native format it was read as"),
        Column("mapping", "JSON", "columns given by hand, field to column"),
        Column("rows", "BIGINT", "samples held"),
        Column("rejected", "BIGINT", "source rows that could not become samples"),
        Column("source_bytes", "BIGINT", "size of the source files in bytes"),
        Column("ingested", "TIMESTAMP", "when it was read, UTC"),
        Column(
            "coverage", "JSON", "how many samples have a response, a reference answer, … and several turns", since=8
        ),
        Column("remarks", "VARCHAR[]", "what was to be looked at when it was read, a sentence each", since=8),
        Column("left_out", "VARCHAR[]", "files of the source that were not read", since=8),
    ),
    keys=(("dataset",), ("dataset_no",)),
)

SAMPLES = Table(
    "samples",
    "One row per sample: a row of a dataset in canonical form.",
    (
        Column("sample_id", "BIGINT", "dataset_no * 2^32 + row_no"),
        Column("dataset", "VARCHAR", "dataset the row belongs to"),
        Column("row_no", "BIGINT", "position of the source row in the dataset, from 0"),
        Column("content_id", "UUID", "XXH3-128 of roles and texts (NFC): equal content, equal id"),
        Column("instruction_id", "UUID", "XXH3-128 of the normalised prompt (NFKC, lower case, collapsed white space)"),
        Column("system", "VARCHAR", "system prompt, if any"),
        Column(
            "instruction",
            "VARCHAR",
            "prompt; for several turns, the conversation before the last answer with role tags",
        ),
        Column("response", "VARCHAR", "last answer, reasoning included; NULL where the source has none"),
        Column("messages", "JSON", "original turns, only for several turns or tools"),
        Column("reference_answer", "VARCHAR", "short gold answer, if any"),
        Column("rejected_response", "VARCHAR", "the answer not preferred, for preference pairs"),
        Column("meta", "JSON", "every source column not held elsewhere"),
        Column("split", "VARCHAR", "split of the source, if any"),
        Column("n_turns", "INTEGER", "assistant turns, an expected answer included"),
    ),
    partitioned_by=("dataset",),
    keys=(("sample_id",),),
)

REJECTS = Table(
    "rejects",
    "One row per source row that could not become a sample.",
    (
        Column("dataset", "VARCHAR", "dataset the row would have belonged to"),
        Column("file", "VARCHAR", "file it stands in, relative to the source"),
        Column("location", "VARCHAR", "where in the file: line, record or row, and byte offset where known"),
        Column("row_no", "BIGINT", "position of the source row in the dataset, from 0"),
        Column("reason", "VARCHAR", "why it could not become a sample"),
        Column("raw", "BLOB", "its bytes, at most the first 4,096"),
    ),
    partitioned_by=("dataset",),
    keys=(("dataset", "row_no"),),
)
