"""SQL that must not get out of the lake, on any catalogue; {files}, {home}, {outside} and {catalog} are filled in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.command.query import restrict, run, steps

OUT_OF_THE_LAKE = (
    # the catalogue again, for writing
    "attach 'ducklake:{catalog}' as again (data_path '{files}')",
    "attach '{home}/catalog.sqlite' as again (type sqlite)",
    "attach '{files}again.db' as again",
    "attach 'dbname=postgres' as again (type postgres)",
    "detach lake",
    "use memory",
    "copy from database lake to memory",
    # DuckLake's own catalogue
    "delete from __ducklake_metadata_lake.ducklake_data_file",
    'update "__DuckLake_Metadata_lake".ducklake_data_file set record_count = 0',
    "from __ducklake_metadata_lake.ducklake_snapshot",
    "select * from '__ducklake_metadata_lake.ducklake_snapshot'",
    "from sqlite_query('__ducklake_metadata_lake', 'select 1')",
    "from histogram('__duck' || 'lake_metadata_lake.ducklake_snapshot', snapshot_id)",
    "from postgres_query('__duck' || 'lake_metadata_lake', 'select pg_read_file(''/etc/hostname'')')",
    "call postgres_execute('__duck' || 'lake_metadata_lake', 'drop table ducklake_snapshot')",
    "from postgres_execute('__duck' || 'lake_metadata_lake', 'drop table ducklake_snapshot')",
    "from postgres_scan('dbname=postgres', 'public', 'ducklake_snapshot')",
    "from sqlite_scan('{home}/catalog.sqlite', 'ducklake_snapshot')",
    "from \"sqlite_scan\" /* hidden */ ('{outside}/other.sqlite', 'secrets')",
    "call pg_clear_cache()",
    # files written
    "copy samples to '{files}x.parquet'",
    "copy (select 1) to '{home}/scorers/evil.py' (format csv, header false)",
    "copy (select 1 as a) to '{outside}/x' (format parquet, partition_by a)",
    "copy (pivot datasets on kind using count(*)) to '{files}x.csv'",
    "export database '{files}dump'",
    "explain analyze copy (select 1) to '{files}x.csv'",
    "explain (analyze, format json) copy (select 1) to '{files}x.csv'",
    "explain analyze copy (pivot datasets on kind using count(*)) to '{files}x.csv'",
    "prepare p as copy (select 1) to '{files}x.csv'",
    "prepare p as copy (select 1) to '{files}x.csv'; execute p",
    "select 1; copy (select 1) to '{files}x.csv'",
    "call enable_logging(storage = 'file', storage_path = '{files}')",
    "from enable_logging(storage = 'file', storage_path = '{files}')",
    "pragma enable_profiling",
    "set profiling_output = '{files}x'",
    "create persistent secret s (type s3, key_id 'a')",
    "create secret s (type s3, key_id 'a')",
    # files read
    "from '{outside}/private.csv'",
    "from read_csv('{outside}/private.csv')",
    "from read_text('{outside}/private.csv')",
    "from read_blob('{outside}/private.csv')",
    "from read_parquet('{files}*/*/*.parquet')",
    "from glob('{outside}/*')",
    "from glob('{files}../../**')",
    "from sniff_csv('{outside}/private.csv')",
    "from 'https://example.com/x.csv'",
    "select (select content from read_text('{outside}/private.csv')) as stolen",
    "with a as materialized (from read_text('{outside}/private.csv')) from a",
    "select * from samples where instruction in (select content from read_text('{outside}/private.csv'))",
    "copy datasets from '{outside}/private.csv'",
    "import database '{outside}'",
    "create temp table t as from read_text('{outside}/private.csv')",
    "create temp view v as from read_text('{outside}/private.csv')",
    "create temp macro m() as table from read_text('{outside}/private.csv')",
    "describe '{outside}/private.csv'",
    "summarize '{outside}/private.csv'",
    # text run as SQL
    "from query('from read_text(''{outside}/private.csv'')')",
    "from query_table('{outside}/private.csv')",
    "from query_table(['samples'])",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "pragma json_execute_serialized_sql = 'x'",
    # secrets, logs, memory
    "from duckdb_secrets()",
    "from duckdb_secrets(redact = false)",
    "from which_secret('s3://a', 's3')",
    "from duckdb_logs()",
    "from arrow_scan(1, 2, 3)",
    "from pandas_scan(1)",
    # configuration and extensions
    "set memory_limit = '900GB'",
    "reset memory_limit",
    "pragma memory_limit = '900GB'",
    "set threads = 64",
    "set global enable_external_access = true",
    "set lock_configuration = false",
    "set temp_directory = '{outside}'",
    "set allowed_directories = ['/']",
    "set python_enable_replacements = true",
    "set schema = 'memory.main'",
    "load httpfs",
    "install httpfs",
    "update extensions",
    # keeping house, transactions
    "checkpoint",
    "vacuum",
    "begin",
    "commit",
    "rollback",
    "call lake.set_option('parquet_compression', 'none')",
    "from lake.set_option('parquet_compression', 'none')",
    "from ducklake_set_option('lake', 'parquet_compression', 'none')",
    "from ducklake_expire_snapshots('lake', older_than => now())",
    "call ducklake_expire_snapshots('lake', older_than => now())",
    "from ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "from ducklake_delete_orphaned_files('lake', cleanup_all => true)",
    "call lake.delete_orphaned_files(cleanup_all => true)",
    "from ducklake_add_data_files('lake', 'datasets', '{outside}/private.parquet')",
    "from lake.add_data_files('datasets', '{outside}/private.parquet')",
    "from ducklake_merge_adjacent_files('lake')",
)
"""Refused without `--allow-files`, with and without `--write`."""

CHANGES = (
    "delete from samples",
    "truncate samples",
    "update samples set instruction = 'x'",
    "insert into rejects select * from rejects",
    "merge into samples as s using samples as t on s.sample_id = t.sample_id when matched then delete",
    "create table mine (i int)",
    "create table mine as select 1 as i",
    "create or replace view scored as select 1 as one",
    "create macro twice(x) as 2 * x",
    "create schema other",
    "drop table samples",
    "alter table samples add column extra int",
    "comment on table samples is 'x'",
    "explain analyze delete from samples",
    "create temp table t as select 1; delete from lake.samples",
)
"""Refused without `--write`."""


def everything(*folders: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file, except what SQLite and DuckDB keep beside for themselves."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and "scratch" not in path.parts and not path.name.endswith(("-wal", "-shm")):
                found[str(path)] = (path.stat().st_size, path.stat().st_mtime_ns)
    return found


class Victim:
    """A lake open as `oda sql` has it, and a folder beside it that is nobody's business."""

    def __init__(self, settings: Settings, outside: Path, *, write: bool) -> None:
        outside.mkdir(exist_ok=True)
        (outside / "private.csv").write_text("word\nsesame\n")
        duckdb.execute(f"copy (select 'sesame' as word) to '{outside}/private.parquet'")
        with sqlite3.connect(outside / "other.sqlite") as other:
            other.executescript("create table if not exists secrets (word)")
        self.settings, self.outside = settings, outside
        self.lake = Lake.open(settings, read_only=not write)
        restrict(self.lake, free=False)

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the last statement."""
        result = run(self.lake, steps(sql, {}))
        return [row for chunk in result.chunks for row in chunk]

    def filled(self, attack: str) -> str:
        """The attack against this lake."""
        home, files = self.settings.home, self.settings.files
        return attack.format(home=home, files=files, outside=self.outside, catalog=self.settings.catalog_uri)
