"""The folder Dagster keeps its runs in: limits that Dagster itself accepts, written once."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from lake.errors import UsageError
from lake.settings import Settings
from pipelines.dagster_home import prepare
from scorers.trust import trust


def test_dagster_reads_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = prepare(Settings.load(home=Path("home"), threads=16))
    assert folder == tmp_path / "home" / "dagster"
    assert (tmp_path / "home" / "inbox").is_dir()
    monkeypatch.setenv("DAGSTER_HOME", str(folder))  # as `oda ui` does
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert instance.telemetry_enabled is False
        assert instance.run_monitoring_enabled
        limits = instance.get_concurrency_config()
        assert limits.run_queue_config is not None
        assert limits.run_queue_config.max_concurrent_runs == 4
        assert limits.run_queue_config.tag_concurrency_limits == [{"key": "dagster/backfill", "limit": 3}]
        assert limits.pool_config.default_pool_limit == 1
        assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 1)
        assert instance.event_log_storage.supports_global_concurrency_limits
        assert type(instance.event_log_storage).__name__ == "OneFileEventLog"


def test_small_machines_still_run_two_things_at_once(tmp_path: Path) -> None:
    text = (prepare(Settings.load(home=tmp_path, threads=1)) / "dagster.yaml").read_text()
    assert "max_concurrent_runs: 2" in text


RETRIES = "run_retries:\n  enabled: true\n  max_retries: 1\n  retry_on_asset_or_op_failure: false\n"


@pytest.mark.parametrize(("limits", "end"), [("", ""), ("TAGS", RETRIES)])
def test_what_an_earlier_version_wrote_is_still_ours(tmp_path: Path, limits: str, end: str) -> None:
    file = tmp_path / "dagster" / "dagster.yaml"
    file.parent.mkdir()
    limits = limits and "    tag_concurrency_limits:\n      - key: dagster/backfill\n        limit: 3\n"
    earlier = (
        "# Written once by ODA Lake; yours to change, then: oda axes trust THIS_FOLDER\n"
        "telemetry:\n  enabled: false\nnux:\n  enabled: false\n\n"
        "# Every run reads and scores with all cores by itself; the rest waits in the queue.\n"
        "concurrency:\n  runs:\n    max_concurrent_runs: 2\n"
        + limits
        + "  pools:\n    default_limit: 2\n    granularity: op\n\n"
        "run_monitoring:\n  enabled: true\n  free_slots_after_run_end_seconds: 30\n" + end
    )
    file.write_text(earlier)
    prepare(Settings.load(home=tmp_path))
    assert file.read_text() == earlier


def test_what_the_user_changed_stays_and_is_used_once_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = Settings.load(home=tmp_path)
    file = prepare(settings) / "dagster.yaml"
    file.write_text(file.read_text().replace("default_limit: 1", "default_limit: 7"))
    prepare(settings)
    file.write_text("telemetry:\n  enabled: false\n")
    with pytest.raises(UsageError, match=r"dagster\.yaml is not trusted") as caught:
        prepare(settings)
    assert caught.value.hint == f"Read it, then: oda axes trust {file.parent}"
    trust(file.parent)
    prepare(settings)
    assert file.read_text() == "telemetry:\n  enabled: false\n"
