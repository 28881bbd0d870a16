"""Prepares the folder in which Dagster keeps its runs (`DAGSTER_HOME`), with limits that suit one machine."""

from __future__ import annotations

import re
from pathlib import Path

from lake.settings import Settings
from lake.whole_file import write_whole
from scorers.trust import refusal

_HEAD = """\
# Written once by ODA Lake; yours to change, then: oda axes trust THIS_FOLDER
telemetry:
  enabled: false
nux:
  enabled: false

"""
_EVENTS = """\
# Each event once, in one file that stays open: with Dagster's own storage, most of a backfill waits for the disk.
event_log_storage:
  module: dagster_project.event_log
  class: OneFileEventLog
  config:
    base_dir: {{env: DAGSTER_HOME}}

"""
_LIMITS = """\
# Every run reads and scores with all cores by itself; the rest waits in the queue. Backfills leave a place free, so
# that an export asked for meanwhile does not wait behind them.
concurrency:
  runs:
    max_concurrent_runs: {runs}
    tag_concurrency_limits:
      - key: dagster/backfill
        limit: {backfills}
  # Steps that load a model, and steps that ask a judge: one of a kind at a time.
  pools:
    default_limit: {steps}
    granularity: op

# A run whose process was killed is marked as failed, its places in the pools become free, and it is begun once more:
# what it had done is in the lake. What fails by itself is left to people.
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 30
run_retries:
  enabled: true
  max_retries: {retries}
  retry_on_asset_or_op_failure: false
"""

_TEMPLATE = _HEAD + _EVENTS + _LIMITS

_FIRST = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 0
  pools:
    default_limit: 0
    granularity: op
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 0
"""
_EARLIER = (_FIRST, _HEAD + _LIMITS)
"""What earlier versions wrote: homes made by them keep their events where they are."""


def prepare(settings: Settings) -> Path:
    """Make `<home>/dagster` with a `dagster.yaml` and the inbox folder; returns what DAGSTER_HOME must be (absolute).

    A `dagster.yaml` that is there already is left as it is. It names the classes that Dagster runs and the servers it
    talks to, and may have come with the lake: raises UsageError for one that the user neither got from us nor trusts.
    """
    home = settings.home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    settings.inbox_path.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.exists():
        limit = max(2, settings.threads // 4)
        write_whole(file, _TEMPLATE.format(runs=limit, backfills=limit - 1, steps=1, retries=1).encode())
    elif not _ours(file.read_text(encoding="utf-8", errors="replace")) and (why := refusal(file)) is not None:
        raise why
    return home


def _ours(text: str) -> bool:
    """Whether a `dagster.yaml` says nothing but what we write, whatever the numbers and remarks."""

    def bare(text: str) -> list[str]:
        said = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        return [re.sub(r"\d+", "0", line) for line in said]

    written = [each.format(runs=0, backfills=0, steps=0, retries=0) for each in (_TEMPLATE, *_EARLIER)]
    return bare(text) in map(bare, written)
