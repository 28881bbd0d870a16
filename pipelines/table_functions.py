"""Table functions of the pinned DuckDB and its packaged extensions, by whether a person's SQL may call them.

A test compares both lists with what the engine has, so that a new version cannot bring one that nobody looked at.
"""

from __future__ import annotations

HARMLESS = frozenset(
    """
    duckdb_approx_database_count duckdb_columns duckdb_connection_count duckdb_constraints
    duckdb_coordinate_systems duckdb_databases duckdb_dependencies duckdb_extensions duckdb_functions
    duckdb_indexes duckdb_keywords duckdb_memory duckdb_optimizers duckdb_schemas duckdb_secret_types
    duckdb_sequences duckdb_settings duckdb_tables duckdb_temporary_files duckdb_types duckdb_variables
    duckdb_views ducklake_current_snapshot ducklake_last_committed_snapshot ducklake_list_files ducklake_options
    ducklake_settings ducklake_snapshots ducklake_table_changes ducklake_table_deletions ducklake_table_info
    ducklake_table_insertions generate_series icu_calendar_names json_each json_tree pg_timezone_names
    pragma_collations pragma_database_size pragma_platform pragma_user_agent pragma_version range repeat
    repeat_row test_all_types test_vector_types unnest
    """.split()  # noqa: SIM905 - a hundred names are read more easily so
)
"""They compute, or tell about the lake and the engine."""

REFUSED = frozenset(
    """
    arrow_scan arrow_scan_dumb checkpoint disable_logging disable_profiling duckdb_external_file_cache
    duckdb_log_contexts duckdb_logs duckdb_logs_parsed duckdb_prepared_statements duckdb_profiling_settings
    duckdb_secrets duckdb_table_sample ducklake_add_data_files ducklake_cleanup_old_files ducklake_commit
    ducklake_delete_orphaned_files ducklake_expire_snapshots ducklake_flush_inlined_data
    ducklake_merge_adjacent_files ducklake_rewrite_data_files ducklake_scan ducklake_set_commit_message
    ducklake_set_option enable_logging enable_profiling force_checkpoint glob histogram histogram_values
    json_execute_serialized_sql pandas_scan parquet_bloom_probe parquet_file_metadata parquet_full_metadata
    parquet_kv_metadata parquet_metadata parquet_scan parquet_schema pg_clear_cache postgres_attach
    postgres_configure_pool postgres_execute postgres_query postgres_scan postgres_scan_pushdown
    pragma_metadata_info pragma_show pragma_storage_info pragma_table_info python_map_function query query_table
    read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto read_json_objects
    read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet read_postgres_binary
    read_text seq_scan sniff_csv sqlite_attach sqlite_query sqlite_scan summary truncate_duckdb_logs
    which_secret
    """.split()  # noqa: SIM905 - a hundred names are read more easily so
)
"""They read or write files, reach servers, run text as SQL, take memory for data, show secrets or keep the lake."""

# DuckLake offers its functions as those of the database too: lake.snapshots() is ducklake_snapshots('lake').
_SHORT = frozenset(name.removeprefix("ducklake_") for name in REFUSED if name.startswith("ducklake_"))

FORBIDDEN_CALLS = REFUSED | _SHORT
"""Names that may not stand before a parenthesis."""
