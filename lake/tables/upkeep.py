"""What the lake counts and remembers of itself."""

from __future__ import annotations

from lake.tables.schema import Column, Table

SEQUENCES = Table(
    "sequences",
    "One row per counter.",
    (
        Column("sequence", "VARCHAR", "name of the counter"),
        Column("next", "BIGINT", "next number to give out"),
    ),
    keys=(("sequence",),),
)

MIGRATIONS = Table(
    "schema_migrations",
    "One row per migration applied to this lake.",
    (
        Column("version", "BIGINT", "number of the migration"),
        Column("name", "VARCHAR", "what it did"),
        Column("applied", "TIMESTAMP", "when, UTC"),
    ),
    keys=(("version",),),
)
