"""`oda doctor` about a lake whose files are not what its catalogue says; every command it names runs."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from command_process import Oda

ROWS = '{"instruction": "add", "output": "3"}\n{"instruction": "sub", "output": "1"}\n'


def findings(oda: Oda, home: Path) -> list[dict[str, Any]]:
    return [each for each in oda("doctor", "--home", home, "--json").document["findings"] if each["status"] != "ok"]


def of_lake(oda: Oda, home: Path) -> list[dict[str, Any]]:
    return [each for each in findings(oda, home) if each["subject"] in ("files", "foreign files", "tables", "lake")]


def test_every_way_out_runs(oda: Oda, tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "my sums.jsonl"
    source.write_text(ROWS)
    assert oda("ingest", source, "--name", "sums", "--home", home).status == 0
    source.write_text(ROWS * 2)
    assert oda("ingest", source, "--name", "sums", "--home", home).status == 0
    assert of_lake(oda, home) == []
    (home / "files/notes.txt").write_text("mine")
    newest = max((home / "files/main/samples/dataset=sums").glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    newest.unlink()
    [lost] = [each for each in of_lake(oda, home) if each["status"] == "fail"]
    assert lost["message"] == f"samples of sums, 4 rows: {newest} missing"
    told = re.findall(r"oda (sql --at \d+|doctor --repair|restore sums --at \d+)", lost["hint"])
    assert [command.split()[0] for command in told] == ["sql", "doctor", "restore"]
    refused = oda("sql", "select * from samples", "--home", home)
    assert refused.status == 1
    assert refused.err.startswith(f"Error: A file of the lake, {newest}, is missing\n")
    assert oda("compact", "--home", home).status == 1
    assert oda(*told[0].split(), "select count(*) as n from samples", "--home", home, "--json").document == [{"n": 2}]
    repaired = oda(*told[1].split(), "--home", home)
    assert "Gone on without 4 rows of samples of sums." in repaired.err
    [again] = re.findall(r"Make them again: oda (ingest .*)", repaired.err)
    assert oda(*told[2].split(), "--home", home).status == 0
    count = ("sql", "select count(*) as n from samples", "--home", home, "--json")
    assert oda(*count).document == [{"n": 2}]
    assert oda(*shlex.split(again), "--home", home).status == 0
    assert oda(*count).document == [{"n": 4}]
    old, foreign = of_lake(oda, home)
    assert (old["status"], "that only snapshots" in old["message"]) == ("warn", True)
    assert foreign["message"] == f"1 in {home}/files/: {home}/files/notes.txt"
    assert oda("compact", "--expire", "0 seconds", "--grace", "0 days", "--home", home).status == 0
    assert [each["subject"] for each in of_lake(oda, home)] == ["foreign files"]
    assert (home / "files/notes.txt").read_text() == "mine"


def test_missing_tables_and_a_broken_catalogue(oda: Oda, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert oda("init", "--home", home).status == 0
    assert oda("sql", "--write", "drop table rejects", "--home", home).status == 0
    [tables] = [each for each in of_lake(oda, home) if each["subject"] == "tables"]
    assert tables["message"] == "missing: rejects"
    (home / "catalog.sqlite").write_bytes(b"no catalogue" * 1000)
    for command in (["datasets"], ["sql", "from datasets"], ["score"], ["compact"], ["ingest", tmp_path]):
        ran = oda(*command, "--home", home)
        assert (ran.status, ran.err.splitlines()[0]) == (
            1,
            f"Error: The catalogue sqlite:{home}/catalog.sqlite is broken.",
        )
    [lake] = of_lake(oda, home)
    assert (lake["status"], lake["message"]) == ("fail", f"The catalogue sqlite:{home}/catalog.sqlite is broken.")


@pytest.mark.slow
def test_tables_that_were_dropped_are_named_and_come_back(oda: Oda, home: Path) -> None:
    kept = oda("sql", "from scored order by sample_id limit 3", "--home", home, "--json").document
    for relation in ("table datasets", "table scored_axes", "view dataset_profile"):
        assert oda("sql", "--write", f"drop {relation}", "--home", home).status == 0
    met = oda("datasets", "--home", home)
    assert (met.status, met.err.splitlines()[0]) == (1, "Error: The lake has lost its table datasets.")
    [found] = of_lake(oda, home)
    assert (found["status"], found["message"]) == ("fail", "missing: datasets, scored_axes")
    [before] = re.findall(r"oda sql --at (\d+)", found["hint"])
    assert oda("sql", "--at", before, "select dataset from datasets", "--home", home, "--json").document == [
        {"dataset": "sums"}
    ]
    repaired = oda("doctor", "--repair", "--home", home)
    assert "Brought back: datasets with 1 rows." in repaired.err
    assert of_lake(oda, home) == []
    assert oda("sql", "from scored order by sample_id limit 3", "--home", home, "--json").document == kept
    assert oda("sql", "select dataset from dataset_profile limit 1", "--home", home).status == 0


def test_a_catalogue_of_another_program_is_said_to_be_one_and_left_alone(oda: Oda, tmp_path: Path) -> None:
    from lake.extensions import connect
    from lake.settings import Settings

    settings = Settings.load(home=tmp_path / "home")
    settings.home.mkdir()
    connection = connect(settings, tmp_path / "spill")
    connection.execute(f"attach 'ducklake:{settings.catalog_uri}' as theirs (data_path '{tmp_path}/theirs/')")
    connection.execute("create table theirs.cats as select 1 as cat")
    connection.close()
    said = f"The catalogue {settings.catalog_uri} is of another program: it holds cats."
    [found] = of_lake(oda, settings.home)
    assert (found["status"], found["message"]) == ("fail", said)
    for command in ("init", "datasets", "score"):
        ran = oda(command, "--home", settings.home)
        assert (ran.status, ran.err.splitlines()[0]) == (1, f"Error: {said}")


def test_doctor_finds_a_sound_installation_sound(oda: Oda, template: Path) -> None:
    ran = oda("doctor", "--home", template, "--json")
    assert ran.status == 0
    assert ran.document["ok"] is True
    found = {finding["subject"]: finding for finding in ran.document["findings"]}
    assert found["lake"]["status"] == "ok"
    assert found["lake"]["message"].startswith("1 datasets, 120 samples")
    assert found["extension ducklake"]["message"] == "signature verified"
    assert {"postgres", "s3"} <= {extra["extra"] for extra in ran.document["extras"]}
    assert all(extra["enables"] != "see docs" for extra in ran.document["extras"])
    assert "Extras:" in oda("doctor", "--home", template).out


def test_doctor_says_what_is_broken_and_the_way_out(
    oda: Oda, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "catalog.sqlite").write_bytes(b"not a database, not at all" * 100)
    ran = oda("doctor", "--home", home, "--json")
    assert (ran.status, ran.document["ok"]) == (1, False)
    (broken,) = [finding for finding in ran.document["findings"] if finding["status"] == "fail"]
    assert broken["subject"] == "lake"
    assert broken["hint"]
    monkeypatch.setenv("ODA_THREADS", "many")
    assert "ODA_THREADS" in oda("doctor", "--home", tmp_path / "none").out
    monkeypatch.setenv("ODA_THREADS", "1")
    monkeypatch.setenv("ODA_MEMORY_LIMIT", "plenty")
    assert "'plenty' is not an amount of memory such as 4GB" in oda("doctor", "--home", tmp_path / "none").out
    monkeypatch.setenv("ODA_MEMORY_LIMIT", "1GB")
    without = oda("doctor", "--home", tmp_path / "none")
    assert without.status == 0
    assert "→ oda init" in without.out


def test_doctor_finds_doubled_rows_and_removes_those_that_are_equal(oda: Oda, home: Path) -> None:
    def keys() -> list[tuple[str, str, str]]:
        ran = oda("doctor", "--home", home, "--json")
        found = [item for item in ran.document["findings"] if item["subject"] == "keys"]
        assert ran.status == int(any(item["status"] == "fail" for item in found))
        return [(item["status"], item["message"], item["hint"]) for item in found]

    assert keys() == [("ok", "no row stands there twice", "")]
    oda("sql", "--write", "insert into samples from samples where row_no < 20", "--home", home)
    oda(
        "sql",
        "--write",
        "insert into samples select * replace ('even' as split) from samples where row_no = 60",
        "--home",
        home,
    )
    ((status, message, _),) = keys()
    assert (status, message) == ("fail", "samples: 21 of its sample_id stand there more than once")
    repaired = oda("doctor", "--repair", "--home", home)
    assert repaired.out.startswith("Rows removed that stood there twice: 20 of samples.")
    ((status, message, hint),) = keys()
    assert status == "fail"
    assert 'have rows that differ, for you to decide between: oda sql "from samples qualify' in hint
    assert oda("doctor", "--repair", "--home", home).out.startswith("Rows removed that stood there twice: none.")


def test_doctor_names_leftovers(oda: Oda, home: Path) -> None:
    left = home / "scratch" / "ingest-1-abc"
    left.mkdir(parents=True, exist_ok=True)
    os.utime(left, (0, 0))
    found = {item["subject"]: item for item in oda("doctor", "--home", home, "--json").document["findings"]}
    assert found["scratch"]["status"] == "warn"
    assert str(home / "scratch") in found["scratch"]["hint"]
    left.rmdir()
    dead = home / "scratch" / f"oda-work-{'0' * 32}"
    dead.mkdir()
    (dead / "lock").touch()
    (dead / "spilled").write_bytes(b"x" * 2_000_000)
    found = {item["subject"]: item for item in oda("doctor", "--home", home, "--json").document["findings"]}
    assert found["scratch"]["message"].startswith("1 folders left by processes that died (2.0 MB) in ")
    found = {item["subject"]: item for item in oda("doctor", "--home", home, "--json").document["findings"]}
    assert found["scratch"] == {"subject": "scratch", "status": "ok", "message": "no leftovers", "hint": ""}
