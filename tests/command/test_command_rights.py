"""What the SQL of a person may do in `oda sql`: read the lake; nothing outside it, however it is written."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from command_process import Oda
from sql_attacks import CHANGES, OUT_OF_THE_LAKE, Victim, everything

from lake.catalog import Lake
from lake.errors import OdaError
from lake.extensions import extension_file
from lake.settings import Settings
from pipelines.table_functions import HARMLESS, REFUSED


@pytest.fixture(scope="module", params=["reading", "writing"])
def victim(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Victim]:
    folder = tmp_path_factory.mktemp("victim")
    shutil.copytree(template, folder / "home")
    settings = Settings.load(home=folder / "home", memory_limit="1GB", threads=2)
    victim = Victim(settings, folder / "outside", write=request.param == "writing")
    yield victim
    victim.lake.close()


@pytest.mark.parametrize("attack", OUT_OF_THE_LAKE)
def test_nothing_leads_out_of_the_lake(victim: Victim, attack: str) -> None:
    before = everything(victim.settings.home, victim.outside)
    with pytest.raises(OdaError):
        victim.run(victim.filled(attack))
    assert everything(victim.settings.home, victim.outside) == before
    assert victim.run("select count(*) from samples") == [(120,)]


@pytest.mark.parametrize("statement", CHANGES)
def test_changes_need_write(oda: Oda, home: Path, statement: str) -> None:
    before = everything(home)
    ran = oda("sql", statement, "--home", home)
    assert ran.status in (1, 2)
    assert "--write" in ran.err
    assert everything(home) == before


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("pivot (select dataset, kind, rows from datasets) on kind using sum(rows)", [("sums", 120)]),
        ("select 1; from (pivot datasets on kind using count(*)) select count(*)", [(1,)]),
        ("unpivot (select 1 as a, 2 as b) on a, b", [("a", 1), ("b", 2)]),
        ("create temp table t as pivot (from samples select n_turns) on n_turns using count(*); from t", [(120,)]),
        ("create temp table few as select row_no from samples where row_no < 2; insert into few values (7); from few",
         [(0,), (1,), (7,)]),
        ("create temp view small as select row_no from samples where row_no < 2; select count(*) from small", [(2,)]),
        ("create temp macro twice(x) as 2 * x; select twice(21)", [(42,)]),
        ("create or replace temp table gone as select 1; drop table gone; select 1", [(1,)]),
        ("set variable least = 118; select row_no from samples where row_no > getvariable('least')", [(119,)]),
        ("select column_name from (describe samples) limit 1", [("sample_id",)]),
        ("select count(*) > 1 from (summarize samples)", [(True,)]),
        ("select count(*) > 5 from (show tables)", [(True,)]),
        ("pragma version", None),
        ("explain select 1", None),
        ("explain analyze select 1", None),
        ("explain pivot datasets on kind using count(*)", None),
        ("show all tables", None),
        ("select max(snapshot_id) > 0 from lake.snapshots()", [(True,)]),
        ("from duckdb_databases() select count(*) filter (path like '%catalog%')", [(1,)]),
        ("select map_keys(histogram(n_turns)), 'read_text(1)' from samples", [([1], "read_text(1)")]),
        ("select 7 as read_text, '(glob(' -- copy (", [(7, "(glob(")]),
    ],
)  # fmt: skip
def test_what_stays_in_the_lake_works(victim: Victim, query: str, rows: list[tuple[object, ...]] | None) -> None:
    found = victim.run(query)
    assert found == rows if rows is not None else found


def test_views_and_macros_of_a_strange_lake_are_looked_into(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "private.csv").write_text("word\nsesame\n")
    file = outside / "other.sqlite"
    with sqlite3.connect(file) as other:
        other.executescript("create table secrets (word); insert into secrets values ('sesame')")
    settings = Settings.load(home=home, memory_limit="1GB", threads=2)
    with Lake.open(settings) as lake:
        lake.transact(
            lambda c: [
                c.execute(f"create view innocent as select * from sqlite_scan('{file}', 'secrets')"),
                c.execute("create view around as select * from innocent"),
                c.execute(f"create macro helpful() as (select any_value(word) from sqlite_scan('{file}', 'secrets'))"),
                c.execute("create or replace view scored as select * from around, samples"),
            ],
            message="plant",
        )
    victim = Victim(settings, outside, write=False)
    for query in ("from innocent", "from around", "select Helpful()", "from scored", 'describe "INNOCENT"'):
        with pytest.raises(OdaError, match=r"it calls sqlite_scan\(…\)"):
            victim.run(query)
    victim.lake.close()


def test_the_way_out_is_named_and_is_one(oda: Oda, home: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("row_no,label\n3,good\n")
    query = f"select label from samples join '{labels}' using (row_no)"
    refused = oda("sql", query, "--home", home)
    assert refused.status == 1
    assert "oda sql --allow-files" in refused.err
    assert oda("sql", query, "--allow-files", "--json", "--home", home).document == [{"label": "good"}]
    target = tmp_path / "out.csv"
    assert oda("sql", f"copy samples to '{target}'", "--home", home).status == 2
    assert not target.exists()
    assert oda("sql", f"copy samples to '{target}'", "--allow-files", "--home", home).status == 0
    assert target.exists()
    assert oda("sql", "delete from samples", "--allow-files", "--home", home).status == 1


def test_memory_stays_limited(oda: Oda, home: Path) -> None:
    assert oda("sql", "set memory_limit = '900GB'; select 1", "--home", home).status == 2
    limit = oda("sql", "select current_setting('memory_limit') as m", "--json", "--home", home).document
    assert limit == [{"m": "953.6 MiB"}]


@pytest.mark.parametrize("name", ["x.csv", "files/x.parquet", "scorers/evil.json", "../home/files/x.csv"])
def test_rows_are_not_written_into_the_lake(oda: Oda, home: Path, name: str) -> None:
    (home / "scorers").mkdir()
    before = everything(home)
    ran = oda("sql", "select 1 as one", "-o", home / name, "--home", home)
    assert ran.status == 2
    assert "of the lake" in ran.err
    assert everything(home) == before


def test_a_home_named_relative_to_the_folder_works(oda: Oda, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parent)
    assert oda("sql", "select count(*) as n from scored", "--json", "--home", home.name).document == [{"n": 120}]
    (home.parent / "private.csv").write_text("word\nsesame\n")
    for file in ("private.csv", f"{home.name}/files/../../private.csv"):
        assert oda("sql", f"from '{file}'", "--home", home.name).status == 1


@pytest.mark.parametrize("form", ["table", "csv", "json", "parquet"])
def test_a_pivot_goes_to_every_form(oda: Oda, template: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"pivot.{form}"
    query = "pivot (select dataset, kind, rows from datasets) on kind using sum(rows)"
    ran = oda("sql", query, "--format", form, "-o", target, "--home", template)
    assert ran.out.startswith(f"1 row in {target} (")
    assert "train" in target.read_bytes().decode("utf-8", "replace")


def test_wide_types_survive_the_way_to_parquet(oda: Oda, template: Path, tmp_path: Path) -> None:
    target = tmp_path / "types.parquet"
    query = (
        "select interval '1 day' as i, 'b'::enum('a', 'b') as e, '101'::bit as t, 7::hugeint as h, time '10:00' as c"
    )
    oda("sql", query, "-o", target, "--home", template)
    types = duckdb.execute("select column_type from (describe from read_parquet(?))", [str(target)]).fetchall()
    assert types == [("INTERVAL",), ("VARCHAR",), ("VARCHAR",), ("DOUBLE",), ("TIME",)]


def test_every_table_function_is_known() -> None:
    with duckdb.connect(config={"allow_unsigned_extensions": True}) as connection:
        for name in ("sqlite_scanner", "postgres_scanner", "httpfs", "ducklake"):
            connection.execute(f"load '{extension_file(name)}'")
        rows = connection.execute(
            "select distinct function_name from duckdb_functions() where function_type in ('table', 'table_macro')"
        ).fetchall()
    assert {str(row[0]) for row in rows} == HARMLESS | REFUSED
    assert frozenset() == HARMLESS & REFUSED
