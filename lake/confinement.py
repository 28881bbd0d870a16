"""A connection that can reach the lake and nothing else; what a person's SQL runs on.

Two locks, because neither is enough. DuckDB's own: no file outside the lake's, no server, no attach beyond what is
attached, no extension, no Python variable, and none of that can be set back. It still lets a statement write where the
lake's files lie, and extensions read files by themselves; `pipelines.rights` refuses such statements and functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake.catalog import Lake
from lake.relations import literal

METADATA = "__ducklake_metadata"
"""What the name of the database begins with in which DuckLake keeps its catalogue; no user's SQL may name it."""


def confine(lake: Lake) -> None:
    """Leave the connection of a lake nothing but the lake, for good."""
    connection = lake.connection
    connection.execute("set python_enable_replacements = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set allowed_directories = [" + literal(lake.settings.files) + "]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
