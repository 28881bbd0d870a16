"""Backfills: every partition of the real sets, and several runs of several processes writing one lake at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from project_runs import Project, questions, write_rows

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.dagster_home import prepare


def materialise(name: str, source: Path, dagster_home: Path) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    config = {
        "ops": {"samples": {"config": {"source": str(source)}}},
        "loggers": {"console": {"config": {"log_level": "ERROR"}}},
    }
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "dagster_project.definitions"]
    selection = 'key:"samples" or key:"scores/str_length" or key:"scored"'
    return subprocess.Popen(
        [*command, "--select", selection, "--partition", name, "--config-json", json.dumps(config)],
        env={**os.environ, "DAGSTER_HOME": str(dagster_home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_several_runs_of_several_processes_write_at_once(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["one", "two"]
    dagster_home = prepare(Settings.load())
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home))
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        instance.add_dynamic_partitions("datasets", names)
        runs = [
            materialise(name, write_rows(tmp_path / f"{name}.jsonl", questions(30, first=20 * n)), dagster_home)
            for n, name in enumerate(names)
        ]
        said = [run.communicate()[0] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], "\n".join(said)[-4000:]
        for key in (dg.AssetKey("samples"), dg.AssetKey(["scores", "str_length"]), dg.AssetKey("scored")):
            assert instance.get_materialized_partitions(key) == set(names)
        steps = {
            event.dagster_event.pid
            for run in instance.get_runs()
            for event in instance.all_logs(run.run_id)
            if event.dagster_event is not None and event.dagster_event.is_step_success
        }
        assert len(steps) == 2  # two runs, a process each
    with Lake.open(Settings.load(), read_only=True) as lake:
        assert lake.rows("select dataset, count(*), count(str_length) from scored group by all order by all") == [
            ("one", 30, 30),
            ("two", 30, 30),
        ]
        assert lake.rows("select axis, count(*) from scores group by all order by all") == [("str_length", 60)]


@pytest.mark.slow
def test_one_run_over_many_partitions_fails_only_for_the_broken_one(project: Project, home: Path) -> None:
    for n, name in enumerate(("a", "c", "d")):
        write_rows(home / "inbox" / f"{name}.jsonl", questions(4, first=10 * n))
    (home / "inbox" / "b.json").write_text('[{"instruction": "a", "output": "b"}, {"instruction: ')
    assets = ["samples", "scores/str_length", "scored"]
    first = project.run_over("ingest_and_score", ["a", "b", "c", "d"], assets=assets)
    assert not first.success
    assert first.partitions == {asset: ["a", "c", "d"] for asset in assets}
    assert list(first.failures) == ["samples"]
    assert first.failures["samples"].startswith("1 of 4 partitions:\nb: Cannot read b.json, byte ")
    rows = {name: told["dagster/row_count"] for name, told in first.materialised["samples"].items()}
    assert rows == {"a": 4, "c": 4, "d": 4}
    assert "What follows 20, and why?" in first.materialised["samples"]["d"]["preview"]
    assert {partition for check, partition in first.checks if check == "lost_rows"} == {"a", "c", "d"}
    alone = project.run_over("ingest_and_score", ["b"], assets=assets)
    assert (alone.success, alone.partitions, list(alone.failures)) == (False, {}, ["samples"])
    assert "Cannot read b.json, byte " in alone.failures["samples"]
    (home / "inbox" / "b.json").unlink()
    write_rows(home / "inbox" / "b.jsonl", questions(2))
    second = project.run_over("ingest_and_score", ["a", "b", "c", "d"], assets=assets)
    assert second.success, second.failures
    reused = {name: told.get("reused") for name, told in second.materialised["scores/str_length"].items()}
    assert reused == {"a": None, "b": 2, "c": None, "d": None}  # its rows are those of a
    statuses = {name: told["status"] for name, told in second.materialised["samples"].items()}
    assert statuses == {"a": "unchanged", "b": "ingested", "c": "unchanged", "d": "unchanged"}
    messages = project.rows("select commit_extra_info from lake.snapshots() where snapshot_id > 1")
    assert all('"run": "' in text for (text,) in messages)


REAL_SETS = {
    "datasets": (
        "alpaca_en_demo alpaca_zh_translated emollm_data gsm8k_train_parquet hh_rlhf_harmless_test gpteacher_codegen "
        "malformed_json_sample humaneval_multi_rephrased kto_en_demo dpo_en_demo fastchat_dummy self_instruct_seeds"
    ),
    "benchmarks": "agieval bbh gsm_plus_testmini mgsm ifeval mbpp cruxeval svamp aqua_test humaneval mt_bench",
}
"""Every format that the released sets have, several languages, several containers."""


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_real_sets_of_every_format_but_the_malformed_one(project: Project, shared_data: Path, home: Path) -> None:
    assets = ["samples", "scores/str_length", "scores/compress_ratio", "scored", "dataset_profile"]
    failed, grave = {}, []
    for folder, kind in (("datasets", "train"), ("benchmarks", "benchmark")):
        names = REAL_SETS[folder].split()
        for name in names:
            shutil.copytree(shared_data / folder / name, home / "inbox" / name)
        ran = project.run_over("ingest_and_score", names, {"samples": {"kind": kind}}, assets=assets)
        failed |= ran.failures
        whole = sorted(set(names) - {"malformed_json_sample"})
        assert {asset: sorted(found) for asset, found in ran.partitions.items()} == dict.fromkeys(assets, whole)
        for (_, name), check in ran.checks.items():
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                grave.append((name, check.check_name))
    assert list(failed) == ["samples"]
    assert failed["samples"].startswith("1 of 12 partitions:\nmalformed_json_sample: ")
    assert "byte 1,101,001" in failed["samples"]
    assert grave == []
    with Lake.open(Settings.load(), read_only=True) as lake:
        assert lake.rows("select count(*), sum(rows + rejected) from datasets") == [(22, 55_651)]
        assert lake.rows("select count(distinct split_part(format, ' ', 1)) from datasets") == [(17,)]
        assert lake.rows("select count(*), count(str_length), count(compress_ratio) from scored") == [
            (55_596, 55_596, 55_596)
        ]
