"""Events of runs in one file, by connections that stay open; `pipelines.dagster_home` names this class to Dagster.

Dagster's own SQLite storage opens a file for every statement, and whoever closes a file last empties its journal and
waits for the disk: 50 ms an event, of which a backfill has some 40 a dataset. It also keeps most events twice, in the
file of their run and in an index.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy

from dagster_project.internals import (
    SQLITE_BUSY_TIMEOUT_SECONDS,
    ConfigurableClassData,
    ConsolidatedSqliteEventLogStorage,
    SqlEventLogStorageMetadata,
    SqlPollingEventWatcher,
    get_alembic_config,
    look_for_backfills_often,
    sqlite,
    stamp_alembic_rev,
)
from lake.locks import folder_lock

FOLDER = "history"
"""Within Dagster's home; beside the list of runs."""


class OneFileEventLog(ConsolidatedSqliteEventLogStorage):
    """Every event once, in `history/event_log.db` of Dagster's home.

    A commit does not wait for the disk: after a loss of power the last events may be missing, never a half of one.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        folder = Path(base_dir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._engine = sqlalchemy.create_engine(
            f"sqlite:///{folder.absolute() / 'event_log.db'}",
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )
        sqlalchemy.event.listen(self._engine, "connect", _unwaiting)
        self._tables: set[str] = set()
        self._watcher: SqlPollingEventWatcher | None = None
        self._watching = threading.Lock()
        with folder_lock(folder, wait=True):  # the server, the daemon and the code server begin at once
            super().__init__(str(folder), inst_data)
            if not self.has_table("alembic_version"):
                self._init_db()

    def _init_db(self) -> None:
        """Make the tables; the version last, so that what was killed meanwhile is done again."""
        SqlEventLogStorageMetadata.create_all(self._engine)
        self.reindex_events()
        self.reindex_assets()
        with self._engine.begin() as connection:
            stamp_alembic_rev(get_alembic_config(sqlite.__file__), connection)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OneFileEventLog:
        """As Dagster makes it of its configuration; in the daemon, before that begins its work."""
        look_for_backfills_often()
        return cls(config_value["base_dir"], inst_data)

    @contextmanager
    def _connect(self) -> Iterator[sqlalchemy.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether there is a table, which is asked for with every event; one that is there stays."""
        if table_name not in self._tables and sqlalchemy.inspect(self._engine).has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., Any]) -> None:
        """Tell of the events of a run as they come, by looking: what is in the journal does not change the file."""
        with self._watching:
            if self._watcher is None:
                self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[..., Any]) -> None:
        """Tell no more."""
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Close the file."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._engine.dispose()


def _unwaiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
