"""`oda doctor` about a lake whose files are not what its catalogue says; every command it names runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

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
