"""Slices, their members, what was left out, and exports."""

from __future__ import annotations

from lake.tables.schema import Column, Table

SLICES = Table(
    "slices",
    "One row per slice: a named, reproducible selection of samples.",
    (
        Column("slice", "VARCHAR", "name, unique in the lake"),
        Column("sql", "VARCHAR", "the query, as given"),
        Column("parameters", "JSON", "parameter values it ran with"),
        Column("snapshot", "BIGINT", "snapshot of the lake it ran at"),
        Column("hash", "VARCHAR", "hash of query, parameters and members"),
        Column("rows", "BIGINT", "members"),
        Column("created", "TIMESTAMP", "when it was made, UTC"),
        Column("recipe", "VARCHAR", "recipe or file the query came from; NULL where it was given itself", since=9),
        Column("benchmarks", "VARCHAR", "what was to be done about benchmark items: refuse, leave_out, allow", since=9),
    ),
    keys=(("slice",),),
)

SLICE_MEMBERS = Table(
    "slice_members",
    "One row per sample of a slice, as it was at the snapshot of the slice; the view slice_samples has today's.",
    (
        Column("slice", "VARCHAR", "slice it belongs to"),
        Column("sample_id", "BIGINT", "member, by its number at the snapshot of the slice"),
        Column("weight", "DOUBLE", "sampling weight, 1 unless the query gives one"),
        Column("reason", "VARCHAR", "why it is in, as the query says"),
        Column("dataset", "VARCHAR", "dataset of the member", since=5),
        Column("content_id", "UUID", "content of the member; NULL where an older lake could not tell", since=5),
    ),
    partitioned_by=("slice",),
    keys=(("slice", "sample_id"),),
)

SLICE_EXCLUSIONS = Table(
    "slice_exclusions",
    "One row per sample that the query of a slice gave and that was left out of it.",
    (
        Column("slice", "VARCHAR", "slice it was left out of"),
        Column("sample_id", "BIGINT", "sample, by its number at the snapshot of the slice"),
        Column("dataset", "VARCHAR", "dataset of the sample"),
        Column("content_id", "UUID", "content of the sample"),
        Column("benchmarks", "VARCHAR[]", "benchmarks it has to do with"),
        Column("reason", "VARCHAR", "is, asks or holds a benchmark item"),
    ),
    since=7,
    keys=(("slice", "sample_id"),),
)

EXPORTS = Table(
    "exports",
    "One row per export written and verified.",
    (
        Column("subject", "VARCHAR", "slice or dataset exported"),
        Column("format", "VARCHAR", "export format"),
        Column("path", "VARCHAR", "folder it was written to"),
        Column("snapshot", "BIGINT", "snapshot of the lake it was read at"),
        Column("rows", "BIGINT", "rows written"),
        Column("skipped", "BIGINT", "rows the format cannot hold, listed in the manifest"),
        Column("manifest_hash", "VARCHAR", "hash of the manifest"),
        Column("created", "TIMESTAMP", "when it was written, UTC"),
        Column("kind", "VARCHAR", "slice or dataset", since=9),
        Column("subject_hash", "VARCHAR", "hash of the slice, fingerprint of the dataset, as it was", since=9),
        Column("choices", "JSON", "what was chosen besides; NULL where a step wrote it for itself", since=9),
    ),
)
