"""Keeping house: merge small files, expire old snapshots, delete what nothing refers to."""

from __future__ import annotations

import duckdb

from lake.errors import UsageError


def compact(connection: duckdb.DuckDBPyConnection, *, expire_older_than: str | None, dry_run: bool) -> dict[str, int]:
    """Do what `Lake.compact` says; the caller holds the writers' lock."""
    execute = connection.execute
    counts = {"files_before": _file_count(connection)}
    if not dry_run:
        execute("call ducklake_flush_inlined_data('lake')")
        execute("call ducklake_rewrite_data_files('lake')")
        execute("call ducklake_merge_adjacent_files('lake')")
    counts["files_after"] = _file_count(connection)
    counts["snapshots_expired"] = 0
    if expire_older_than is not None:
        try:
            moment = execute("select now() - cast(? as interval)", [expire_older_than]).fetchone()
        except duckdb.Error:
            raise UsageError(
                f"{expire_older_than!r} is not an interval.", hint="Write it like '7 days' or '12 hours'."
            ) from None
        assert moment is not None
        expired = execute("call ducklake_expire_snapshots('lake', dry_run => ?, older_than => ?)", [dry_run, moment[0]])
        counts["snapshots_expired"] = len(expired.fetchall())
    deleted = execute("call ducklake_cleanup_old_files('lake', cleanup_all => true, dry_run => ?)", [dry_run])
    counts["files_deleted"] = len(deleted.fetchall())
    # Files of a writer that is still staging are younger than this and stay.
    orphans = execute(
        "call ducklake_delete_orphaned_files('lake', dry_run => ?, older_than => now() - interval 1 day)",
        [dry_run],
    )
    counts["orphans_deleted"] = len(orphans.fetchall())
    return counts


def _file_count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("select sum(file_count) from ducklake_table_info('lake')").fetchone()
    return int(row[0] or 0) if row else 0
