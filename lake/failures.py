"""What the system says of full disks, closed doors and memory, as errors a user can act on."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from lake import damage
from lake.errors import StorageError
from lake.settings import Settings


@contextlib.contextmanager
def translated_errors(settings: Settings) -> Iterator[None]:
    """Turn what the system says of full disks, closed doors and memory into errors a user can act on.

    Raises StorageError in place of those; others pass unchanged.
    """
    try:
        yield
    except PermissionError as error:
        raise StorageError(f"No permission to write {error.filename}.", hint=f"The home is {settings.home}.") from None
    except (FileNotFoundError, NotADirectoryError) as error:
        if settings.home.is_dir() or not str(error.filename or "").startswith(str(settings.home)):
            raise
        raise StorageError(
            f"Cannot make the home {settings.home}: {error.strerror}.",
            hint="Name another one with --home or ODA_HOME.",
        ) from None
    except (OSError, duckdb.Error, sqlite3.Error, pa.ArrowException) as error:
        text = str(error)
        if spilling := out_of_spill(error, settings):
            raise spilling from None
        free = shutil.disk_usage(settings.home if settings.home.exists() else Path()).free
        # A disk without a free block cannot even be read through SQLite, which then speaks of an I/O error.
        starved = "disk I/O error" in text and free < 1e6
        if "No space left" in text or "disk is full" in text or starved:
            raise StorageError(
                f"The disk of {settings.home} is full ({free / 1e6:,.0f} MB free).",
                hint="Make room: oda compact --expire '1 day' --grace '0 days'. What was committed before is intact.",
            ) from None
        if "Permission denied" in text or "readonly database" in text:
            raise StorageError(f"No permission to write in {settings.home}: {first_line(error)}") from None
        if starving := out_of_memory(error, settings):
            raise starving from None
        if explained := damage.explained(error, settings):
            raise explained from None
        raise


def out_of_memory(error: Exception, settings: Settings) -> StorageError | None:
    """The error a user can act on where DuckDB has too little memory, also where DuckLake says it in its own words."""
    if spilling := out_of_spill(error, settings):
        return spilling
    if not isinstance(error, duckdb.OutOfMemoryException) and "Out of Memory Error" not in str(error):
        return None
    return StorageError(
        f"The memory DuckDB may use, {settings.memory_limit}, is not enough: {first_line(error)}",
        hint="Set ODA_MEMORY_LIMIT higher or ODA_THREADS lower. What was committed before is intact.",
    )


def out_of_spill(error: Exception, settings: Settings) -> StorageError | None:
    """The error a user can act on where the disk has too little room for what DuckDB puts there beyond its memory.

    What it had put there is gone when this is asked, and the disk has room again: that is no contradiction.
    """
    text = str(error)
    if "max_temp_directory_size" not in text and not ("duckdb_temp_storage" in text and "No space left" in text):
        return None
    scratch = settings.scratch
    free = shutil.disk_usage(scratch if scratch.exists() else settings.home).free
    return StorageError(
        f"The disk of {scratch} has too little room for what does not fit into {settings.memory_limit} of memory: "
        f"all of the {free / 1e6:,.0f} MB that are free again were not enough.",
        hint="Make room there, or set ODA_MEMORY_LIMIT higher or ODA_THREADS lower. "
        "What was committed before is intact.",
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text; libraries add pages to it."""
    return str(error).strip().splitlines()[0]
