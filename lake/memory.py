"""What a command may take of memory in all, its worker processes included.

`ODA_MEMORY_LIMIT` bounds DuckDB, which spills beyond it, and the source texts that ingest and scoring work on at once.
Programs and libraries come on top of it, and so does a record that is larger than what is worked on at once.
"""

from __future__ import annotations

import re

import duckdb

PROGRAM_BYTES = 300_000_000
"""The interpreter with its libraries, compiled loops and the models of the axes that need none of torch."""

WORKER_BYTES = 150_000_000
"""A worker: a process of ingest with its libraries and buffers, a thread of scoring with what it derives of texts."""

RECORD_FACTOR = 12
"""Bytes taken for each byte of the largest record (or page of a Parquet source) that a worker has in hand."""

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def limit_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    """The memory limit of a connection in bytes.

    Raises ValueError where DuckDB states it in a form that is not known.
    """
    row = connection.execute("select current_setting('memory_limit')").fetchone()
    found = re.fullmatch(r"([\d.]+) (\w+)", str(row[0]) if row else "")
    if found is None:
        raise ValueError(f"DuckDB says its memory limit is {row}")
    return int(float(found[1]) * _UNITS[found[2]])


def bound(limit: int, *, workers: int, largest_record: int = 0) -> int:
    """The most bytes a command takes with all of its processes, for a memory limit in bytes.

    - workers: processes of an ingest, threads of scoring; as many as ODA_THREADS unless an option says otherwise.
    - largest_record: bytes of the largest record of the source, or sample of the dataset; small ones do not count.
    """
    return limit + PROGRAM_BYTES + workers * WORKER_BYTES + workers * RECORD_FACTOR * largest_record
