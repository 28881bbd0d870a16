"""A PostgreSQL catalogue works by settings alone: a real server is started for these tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from postgres_server import PORT
from programs import side_by_side
from sql_attacks import OUT_OF_THE_LAKE, Victim, everything

from lake.catalog import Lake
from lake.errors import LakeError, OdaError
from lake.settings import Settings
from pipelines.command.main import main
from pipelines.curate import create_slice, verify_slice
from pipelines.ingest import ingest

pytestmark = pytest.mark.postgres


def test_the_main_job_runs_on_postgres(postgres: Settings, tmp_path: Path):
    source = tmp_path / "tiny.jsonl"
    source.write_text('{"instruction": "Say hi", "output": "hi"}\n{"instruction": "Add 1+1", "output": "2"}\n{bad\n')
    with pytest.raises(LakeError, match="no lake yet"):
        Lake.open(postgres)
    with Lake.open(postgres, create=True) as lake:
        report = ingest(lake, source)
        assert (report.samples, report.rejected) == (2, 1)
        then = lake.snapshot
        source.write_text('{"instruction": "Say hi", "output": "hi"}\n')
        assert ingest(lake, source).status == "replaced"
        assert lake.rows("select instruction from samples") == [("Say hi",)]
        assert lake.rows("select count(*) from scored") == [(1,)]
    with Lake.open(postgres, snapshot=then) as past:
        assert past.rows("select count(*) from samples") == [(2,)]
    with Lake.open(postgres) as lake:
        assert lake.compact(expire_older_than="0 seconds").expired != ()
        assert lake.rows("select instruction from samples") == [("Say hi",)]


def test_snapshots_expire_and_files_go_by_their_times(postgres: Settings):
    with Lake.open(postgres, create=True) as lake:
        for _ in range(6):
            lake.transact(lambda c: lake.next_number(c, "n"), message="count")
        for number, age in enumerate(("30 days", "49 hours", "25 hours", "11 hours", "20 minutes")):
            lake.connection.execute(
                "update __ducklake_metadata_lake.ducklake_snapshot "
                f"set snapshot_time = now() - interval '{age}' where snapshot_id = {number}"
            )
        for interval, expired in (("1 month", 0), ("2 days", 2), ("12 hours", 3), ("1 hour", 4), ("10 minutes", 5)):
            assert lake.compact(expire_older_than=interval, dry_run=True).expired == tuple(range(expired))
        done = lake.compact(expire_older_than="1 hour")
        assert (done.expired, done.unneeded) == ((0, 1, 2, 3), ())
        assert done.files_waiting > 0
        lake.connection.execute(
            "update __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion "
            "set schedule_start = now() - interval '25 hours'"
        )
        assert len(lake.compact().unneeded) == done.files_waiting
        assert lake.rows("select next from sequences") == [(7,)]


def _write(settings: Settings, writer: int) -> None:
    with Lake.open(settings) as lake:
        for number in range(6):
            lake.transact(
                lambda c: c.execute(
                    "insert into slices (slice, rows) values (?, ?)",
                    [f"{writer}-{number}", lake.next_number(c, "shared")],  # noqa: B023 - runs at once
                ) and None,
                message="write",
            )  # fmt: skip


def test_four_writers_at_once_lose_nothing(postgres: Settings):
    with Lake.open(postgres, create=True) as lake:
        lake.transact(lambda c: lake.next_number(c, "shared"), message="begin the counter")
    assert side_by_side(_write, [(postgres, writer) for writer in range(4)]) == [0, 0, 0, 0]
    with Lake.open(postgres) as lake:
        assert sorted(row[0] for row in lake.rows("select rows from slices")) == list(range(2, 26))


def test_a_server_that_is_not_there_is_named(tmp_path: Path):
    settings = Settings.load(home=tmp_path, catalog=f"postgres:host={tmp_path} port=1 dbname=none", threads=1)
    with pytest.raises(LakeError, match="Cannot attach the lake postgres:") as caught:
        Lake.open(settings, create=True)
    assert "ODA_CATALOG" in caught.value.hint


@pytest.mark.parametrize("write", [False, True])
def test_sql_reaches_neither_the_server_nor_files(postgres: Settings, tmp_path: Path, write: bool):
    with Lake.open(postgres, create=True) as lake:
        relations = lake.rows("select count(*) from __ducklake_metadata_lake.pg_catalog.pg_class")
    victim = Victim(postgres, tmp_path / "outside", write=write)
    before = everything(tmp_path)
    for attack in OUT_OF_THE_LAKE:
        with pytest.raises(OdaError):
            victim.run(victim.filled(attack))
    assert everything(tmp_path) == before
    assert victim.run("pivot (select 'a' as k, 2 as v) on k using sum(v)") == [(2,)]
    assert victim.run("select count(*) from samples") == [(0,)]
    victim.lake.close()
    with Lake.open(postgres) as lake:
        assert lake.rows("select count(*) from __ducklake_metadata_lake.pg_catalog.pg_class") == relations


SECRETS = {
    "ODA_JUDGE_KEY": "judge-quixote-01",
    "OPENAI_API_KEY": "sk-quixote-02",
    "HF_TOKEN": "hf_quixote03quixote",
    "AWS_SECRET_ACCESS_KEY": "aws/quixote+04",
    "AWS_SESSION_TOKEN": "session-quixote-05",
}
PASSWORD = "pass word'quixote-06"


@pytest.fixture
def with_secrets(postgres: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home whose environment is full of secrets; the server trusts everybody and takes any password."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    quoted = PASSWORD.replace("'", "\\'")
    monkeypatch.setenv("ODA_CATALOG", f"{postgres.catalog} password='{quoted}'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return postgres.home


def _found(text: str) -> list[str]:
    return [word for word in ("quixote", "pass word") if word in text]


def _everything(*relations: str) -> str:
    """A query of all columns and rows of what DuckDB says of itself."""
    return " union all ".join(f"select to_json(r)::varchar as told from duckdb_{name}() as r" for name in relations)


def test_no_output_log_snapshot_or_crash_report_holds_a_secret(
    with_secrets: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    source = tmp_path / "tiny.jsonl"
    source.write_text('{"instruction": "Say hi", "output": "hi"}\n' * 3)
    every = " ".join([*SECRETS.values(), PASSWORD])

    def oda(*arguments: str) -> str:
        capfd.readouterr()
        main([*arguments, "--home", str(with_secrets)])
        said = capfd.readouterr()
        assert _found(said.out + said.err) == [], arguments
        return said.out + said.err

    assert "The lake is ready" in oda("init")
    assert "host=" in oda("init", "--json")
    assert "1 dataset" not in oda("ingest", f"https://me:{SECRETS['HF_TOKEN']}@localhost/x.jsonl")
    oda("ingest", f"hf://org/{SECRETS['HF_TOKEN']}")
    assert "tiny" in oda("ingest", str(source), "--name", "tiny")
    oda("sql", "--write", "-m", f"told {every}", "create table mine (i int)")
    oda("sql", f"select '{SECRETS['ODA_JUDGE_KEY']}")
    for form in ([], ["--format", "csv"], ["--json"]):
        assert oda("sql", _everything("databases", "settings", "variables"), *form)
        for refused in ("secrets", "extensions"):
            assert "--allow-files" in oda("sql", f"from duckdb_{refused}()", *form)
        shown = _everything("databases", "settings", "secrets", "variables", "extensions")
        assert "access_mode" in oda("sql", "--allow-files", shown, *form)
    oda("sql", "--allow-files", "from ducklake_settings('lake')", "--json")
    oda("sql", "--allow-files", f"attach 'dbname=x password={SECRETS['ODA_JUDGE_KEY']}' as x (type postgres)")
    for command in (["datasets"], ["snapshots"], ["snapshots", "--json"], ["doctor"], ["doctor", "--json"]):
        oda(*command)
    with Lake.open(Settings.load(home=with_secrets)) as lake:
        assert _found(str(lake.rows("from lake.snapshots()"))) == []
        assert "told *** *** *** *** *** ***" in str(lake.rows("from lake.snapshots()"))
        assert _found(str(lake.rows("from __ducklake_metadata_lake.ducklake_metadata"))) == []
        assert _found(str(lake.rows("from datasets"))) == []

    def broken(*_arguments: object, **_options: object) -> None:
        raise ValueError(every)

    monkeypatch.setattr("pipelines.ingest.ingest", broken)
    monkeypatch.setattr("sys.argv", ["oda", "ingest", every])
    monkeypatch.setenv("ODA_DEBUG", "1")
    assert "defect of the program" in oda("ingest", str(source), "--name", "again")
    (report,) = tmp_path.glob("oda-error-*.txt")
    assert "ValueError: *** *** *** *** *** ***" in report.read_text()
    assert _found(report.read_text()) == []

    monkeypatch.setenv("ODA_CATALOG", os.environ["ODA_CATALOG"].replace(f"port={PORT}", "port=1"))
    for arguments in (["datasets"], ["doctor"], ["datasets", "--json"]):
        assert "port=1" in oda(*arguments) or "doctor" in arguments
    assert [
        path for path in with_secrets.rglob("*") if path.is_file() and _found(path.read_text(errors="replace"))
    ] == []


@pytest.mark.slow
def test_no_event_of_dagster_holds_a_secret(with_secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import dagster as dg

    from dagster_project.definitions import defs

    monkeypatch.setenv("ODA_HOME", str(with_secrets))
    source = tmp_path / "tiny.jsonl"
    source.write_text('{"instruction": "Say hi", "output": "hi"}\n' * 3)
    definitions = defs()
    (tmp_path / "dagster").mkdir()
    instance = dg.DagsterInstance.local_temp(str(tmp_path / "dagster"))
    instance.add_dynamic_partitions("datasets", ["tiny", "lost"])

    def run(partition: str, given: str) -> dg.ExecuteInProcessResult:
        config = {"ops": {"samples": {"config": {"source": given}}}}
        return definitions.resolve_job_def("ingest_and_score").execute_in_process(
            partition_key=partition, instance=instance, raise_on_error=False, run_config=config,
            asset_selection=[dg.AssetKey("samples")],
        )  # fmt: skip

    def told(result: dg.ExecuteInProcessResult) -> str:
        return "\n".join(map(str, result.all_events)) + str(instance.all_logs(result.run_id))

    good = run("tiny", str(source))
    assert good.success
    assert _found(told(good)) == []

    def broken(*_arguments: object, **_options: object) -> None:
        raise ValueError(" ".join([*SECRETS.values(), PASSWORD]))

    with monkeypatch.context() as patched:
        patched.setattr("dagster_project.defs.samples.assets.ingest", broken)
        bad = run("tiny", str(source))
    assert not bad.success
    assert "ValueError: *** *** *** *** *** ***" in told(bad)
    assert _found(told(bad)) == []
    monkeypatch.setenv("ODA_CATALOG", os.environ["ODA_CATALOG"].replace(f"port={PORT}", "port=1"))
    away = run("tiny", str(source))
    assert "Cannot attach the lake" in told(away)
    assert _found(told(away)) == []


def test_slices_select_within_the_lake(postgres: Settings, tmp_path: Path):
    source = tmp_path / "tiny.jsonl"
    source.write_text('{"instruction": "Say hi", "output": "hi"}\n{"instruction": "Add 1+1", "output": "2"}\n')
    with Lake.open(postgres, create=True) as lake:
        ingest(lake, source)
        assert create_slice(lake, "short", "select sample_id from samples where length(response) < 2").rows == 1
        assert verify_slice(lake, "short").identical
        view = "create view innocent as from postgres_query('__ducklake_metadata_lake', 'select 1 as sample_id')"
        lake.transact(lambda connection: connection.execute(view), message="plant")
        with pytest.raises(OdaError, match=r"refused: it (calls postgres_query|names the database)"):
            create_slice(lake, "stolen", "select sample_id from innocent")
