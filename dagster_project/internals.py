"""What is taken from Dagster's private modules, all of it here; pyproject.toml keeps to the minor version that has it.

Its public interface gives all partitions of a run one metadata, one version and one outcome. Events of single
partitions, their checks and the tags from which Dagster tells what is stale are made of these; so is the storage of
events, of which its own cannot be told to keep a connection, and how often its daemon looks for backfills.
"""

from __future__ import annotations

import sys

from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)
from dagster._core.events import StepMaterializationData
from dagster._core.execution.plan.outputs import StepOutputData, StepOutputHandle
from dagster._core.storage.event_log import sqlite
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.sql import get_alembic_config, stamp_alembic_rev
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData

__all__ = [
    "CODE_VERSION_TAG",
    "DATA_VERSION_IS_USER_PROVIDED_TAG",
    "DATA_VERSION_TAG",
    "DEFAULT_DATA_VERSION",
    "SQLITE_BUSY_TIMEOUT_SECONDS",
    "AssetCheckEvaluationTargetMaterializationData",
    "ConfigurableClassData",
    "ConsolidatedSqliteEventLogStorage",
    "SqlEventLogStorageMetadata",
    "SqlPollingEventWatcher",
    "StepMaterializationData",
    "StepOutputData",
    "StepOutputHandle",
    "get_alembic_config",
    "get_input_data_version_tag",
    "get_input_event_pointer_tag",
    "look_for_backfills_often",
    "sqlite",
    "stamp_alembic_rev",
]

BACKFILL_SECONDS = 5
"""Between two looks of Dagster's daemon for backfills; its own half a minute is a constant, and no setting."""


def look_for_backfills_often() -> None:
    """Have the daemon, where this process is it, begin backfills and call them complete within seconds."""
    if daemon := sys.modules.get("dagster._daemon.controller"):
        daemon.DEFAULT_DAEMON_INTERVAL_SECONDS = BACKFILL_SECONDS  # type: ignore[attr-defined]
