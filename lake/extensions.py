"""DuckDB connections with the packaged extensions loaded; nothing is downloaded.

DuckDB hashes all of an extension to check its signature, 0.2 s of two cores for 70 MB at every start. These files were
installed as part of this program and are trusted like its code: they are loaded without that, and nothing else is.
`oda doctor` verifies their signatures.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import cache
from pathlib import Path

import duckdb

from lake.errors import LakeError, MissingExtraError, UsageError
from lake.no_pandas import without_pandas
from lake.relations import literal
from lake.settings import DUCKDB_VERSION, Settings

_EXTRAS = {"postgres_scanner": "postgres", "httpfs": "s3"}
_LOCAL = threading.local()


def extension_file(name: str) -> Path:
    """The binary of an extension inside its Python package.

    Raises MissingExtraError where the package is not installed.
    """
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise MissingExtraError.of(f"The DuckDB extension {name}", _EXTRAS.get(name, "base"))
    folder = Path(spec.origin).parent / "extensions" / f"v{DUCKDB_VERSION}"
    found = folder / f"{name}.duckdb_extension"
    if not found.is_file():
        raise LakeError(
            f"Extension {name} in {folder.parent} is not built for DuckDB {DUCKDB_VERSION}.",
            hint="Reinstall with: pip install -c constraints.txt -e .",
        )
    return found


def diskless(**config: int | str) -> duckdb.DuckDBPyConnection:
    """A plain in-memory DuckDB that never spills: else it would make a folder `.tmp` where the program was started."""
    return duckdb.connect(config={"temp_directory": "", **config})


def reader_of_texts() -> duckdb.DuckDBPyConnection:
    """The DuckDB of this thread in which SQL is only parsed: it reaches nothing. Kept, for one takes 15 ms to make."""
    if not hasattr(_LOCAL, "reader"):
        _LOCAL.reader = diskless(threads=1)
        _LOCAL.reader.execute("set enable_external_access = false; set lock_configuration = true")
    found: duckdb.DuckDBPyConnection = _LOCAL.reader
    return found


@cache
def unstable_functions() -> frozenset[str]:
    """Functions of DuckDB that may give something else the next time."""
    listed = "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT'"
    return frozenset(str(name) for (name,) in reader_of_texts().execute(listed).fetchall())


def connect(settings: Settings, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the extensions the settings need and their memory and thread limits.

    - spill: the folder for what does not fit into memory, this connection's alone.

    Raises UsageError for a memory limit that DuckDB refuses, LakeError where another DuckDB is installed.
    """
    without_pandas()
    if duckdb.__version__ != DUCKDB_VERSION:
        raise LakeError(
            f"DuckDB {duckdb.__version__} is installed; the lake's extensions are for {DUCKDB_VERSION}.",
            hint="Reinstall with: pip install -c constraints.txt -e .",
        )
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    # Literals: the first bound parameter of a process makes DuckDB import pandas, half a second.
    try:
        connection.execute(f"set memory_limit = {literal(settings.memory_limit)}")
    except duckdb.Error:
        raise UsageError(
            f"Setting 'memory_limit' is wrong: {settings.memory_limit!r} is no amount of memory.",
            hint="Write ODA_MEMORY_LIMIT like 4GB.",
        ) from None
    connection.execute(f"set threads = {settings.threads}")
    connection.execute(f"set temp_directory = {literal(str(spill))}")
    connection.execute("set preserve_insertion_order = true")
    # DuckDB draws its bar on standard output, among the rows that programs read; steps show their own.
    connection.execute("set enable_progress_bar = false")
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set TimeZone = 'UTC'")
    names = ["sqlite_scanner" if settings.embedded else "postgres_scanner", "ducklake"]
    if not settings.local_files:
        names.insert(0, "httpfs")
    for name in names:
        connection.execute(f"load {literal(str(extension_file(name)))}")
    # DuckDB refuses to set this to true again: what a query loads has to be signed.
    connection.execute("set allow_unsigned_extensions = false")
    if settings.files.startswith("s3://"):
        _create_s3_secret(connection, settings)
    return connection


def _create_s3_secret(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    import os

    options = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID", ""),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
    }
    if os.environ.get("AWS_SESSION_TOKEN"):
        options["session_token"] = os.environ["AWS_SESSION_TOKEN"]
    if settings.s3_region:
        options["region"] = settings.s3_region
    if settings.s3_endpoint:
        secure = not settings.s3_endpoint.startswith("http://")
        options["endpoint"] = settings.s3_endpoint.split("://")[-1]
        options["url_style"] = "path"
        options["use_ssl"] = "true" if secure else "false"
    _keep(connection, "lake_files", "s3", options)


def hold_password(connection: duckdb.DuckDBPyConnection, password: str) -> str:
    """Give the engine the password of the catalogue as a secret, which it does not show; returns the secret's name."""
    return _keep(connection, "lake_catalogue", "postgres", {"password": password})


def _keep(connection: duckdb.DuckDBPyConnection, name: str, kind: str, options: dict[str, str]) -> str:
    pairs = ", ".join(f"{key} {literal(value)}" for key, value in options.items())
    try:
        connection.execute(f"create or replace temporary secret {name} (type {kind}, {pairs})")
    except duckdb.Error:  # its text quotes the statement
        raise LakeError(
            f"DuckDB cannot keep the {kind} secret.", hint="Check the variables AWS_* and ODA_S3_*."
        ) from None
    return name
