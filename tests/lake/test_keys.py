"""Keys of stored relations: shared ones are found, exact doubles go, rows that differ stay; on both catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lakes import filled, lay
from scoring_lake import fill

from lake import keys, migrations
from lake.catalog import Connection, Lake
from lake.extensions import connect
from lake.relations import run
from lake.settings import Settings
from lake.tables import TABLES, Table
from pipelines.score import score

KEYED = [table for table in TABLES if table.keys]
FIRST = 2**32

VALUES = {
    "VARCHAR": "'{}'",
    "BIGINT": "{}",
    "INTEGER": "{}",
    "FLOAT": "{}",
    "DOUBLE": "{}",
    "DATE": "date '2024-01-0{}'",
    "TIMESTAMP": "timestamp '2024-01-0{}'",
    "UUID": "'00000000-0000-0000-0000-00000000000{}'::uuid",
    "JSON": "'{{\"a\": {}}}'::json",
    "BLOB": "'{}'::blob",
    "VARCHAR[]": "['{}']",
    "FLOAT[]": "[{}]::float[]",
    "BOOLEAN": "{} = 1",
    "BOOLEAN[]": "[{} = 1]",
    "BIGINT[]": "[{}]::bigint[]",
}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    home = tmp_path_factory.mktemp("keys") / "home"
    if request.param == "sqlite":
        settings = Settings.load(home=lay(home), threads=1)
    else:
        settings = Settings.load(home=home, catalog=f"postgres:{request.getfixturevalue('database')}", threads=1)
    with Lake.open(settings, create=True) as opened:
        yield opened


def row(table: Table, values: dict[str, int]) -> str:
    """A row whose columns hold a 1, or what is given."""
    cells = (VALUES[column.type].format(values.get(column.name, 1)) for column in table.columns)
    return f"({', '.join(cells)})"


def rows(table: Table) -> list[str]:
    """A row with a key of its own, one thrice, and, where there is more than the key, two that differ."""
    shared = {} if len(table.keys) == 1 else {name: 0 for key in table.keys[1:] for name in key}

    def keyed(number: int) -> dict[str, int]:
        return dict.fromkeys((*table.keys[0], *shared), number)

    more = [column.name for column in table.columns if all(column.name not in key for key in table.keys)]
    differing = [row(table, keyed(2)), row(table, keyed(2) | {more[-1]: 3})] if more else []
    return [row(table, keyed(4)), *[row(table, keyed(1))] * 3, *differing]


def plant(lake: Lake) -> None:
    """Put such rows into every relation, in place of what is there."""

    def work(connection: Connection) -> None:
        for table in KEYED:
            connection.execute(f"delete from {table.name}")
            connection.execute(f"insert into {table.name} values {', '.join(rows(table))}")

    lake.transact(work, message="plant")


def test_doubles_of_every_relation_are_found_and_only_exact_ones_removed(lake: Lake) -> None:
    plant(lake)
    whole = {"scored_axes", "slice_members"}  # hold little or nothing beside the key
    found = {(one.relation, one.key): (one.keys, one.exact, one.differing) for one in keys.repeated(lake.connection)}
    assert found == {
        (table.name, key): (1, 2, 0) if len(rows(table)) == 4 else (2, 2, 1) for table in KEYED for key in table.keys
    }
    assert {table.name for table in KEYED if len(rows(table)) == 4} <= whole
    assert lake.transact(keys.remove_doubles, message="repair") == dict.fromkeys((table.name for table in KEYED), 2)
    for table in KEYED:
        assert lake.rows(f"select count(*) from {table.name}") == [(len(rows(table)) - 2,)]
    assert {(one.keys, one.exact, one.differing) for one in keys.repeated(lake.connection)} == {(1, 0, 1)}
    assert lake.transact(keys.remove_doubles, message="repair again") == {}


def test_doubles_that_an_older_program_left_in_the_catalogue_are_found(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path / "home", threads=1)
    settings.home.mkdir()
    with connect(settings, tmp_path / "spill") as older:  # it keeps few rows in the catalogue
        older.execute(f"attach 'ducklake:{settings.catalog_uri}' as lake (data_path '{settings.files}')")
        older.execute("use lake")
        older.execute("begin")
        migrations.migrate(older)
        older.execute("commit")
        older.execute("insert into slices (slice, rows) values ('a', 1), ('a', 1), ('b', 1)")
    with Lake.open(settings, read_only=True) as lake:
        assert filled(lake) == []  # by files
        assert ("slices",) in run(lake.connection, "tables_with_rows").fetchall()
        assert keys.repeated(lake.connection) == [keys.Repeated("slices", ("slice",), 1, 1, 0)]


def test_the_audit_of_a_key_names_it_where_it_is_asked(tmp_path: Path) -> None:
    with Lake.open(Settings.load(home=lay(tmp_path / "home"), threads=1)) as lake:
        plant(lake)
        for table in KEYED:
            relation = keys.audit(table, table.keys[0])
            kinds = {column.name: column.type for column in table.columns}
            shown = {"UUID": "00000000-0000-0000-0000-00000000000{}", "TIMESTAMP": "2024-01-0{} 00:00:00"}
            values = [[shown.get(kinds[name], "{}").format(number) for name in table.keys[0]] for number in (1, 2)]
            parted = relation.parameters[0].name.removesuffix("s") if relation.parameters else ""
            named = bool(parted) and parted not in table.keys[0]  # the part stands before the key
            order = table.keys[0] if parted not in table.keys[0] else tuple(dict.fromkeys((parted, *table.keys[0])))
            values = [
                [value for _, value in sorted(zip(map(order.index, table.keys[0]), row, strict=True))] for row in values
            ]
            found = {
                (*map(str, row[named:-2]), *row[-2:])
                for row in lake.rows(relation.sql, {f"{parted}s": ["1", "2", "4"]} if parted else None)
            }
            # Those of scored_axes differ in their dataset, so that each stands in one of its own.
            differing = {(*values[1], 2, 2)} if len(rows(table)) > 4 and table.name != "scored_axes" else set()
            assert found == {(*values[0], 3, 1)} | differing, table.name
            if parted in table.keys[0]:
                assert [row[-2:] for row in lake.rows(relation.sql, {f"{parted}s": ["1"]})] == [(3, 1)]


def test_scores_doubled_by_two_hosts_are_whole_again(tmp_path: Path) -> None:
    with Lake.open(Settings.load(home=lay(tmp_path / "home"), threads=1)) as lake:
        fill(lake, "chat", [("Say hi", "hi hi"), ("Say nothing", None)])
        score(lake, axes=["str_length", "think_or_not"])
        sound = lake.rows("from scores order by all")
        lake.transact(lambda connection: connection.execute("insert into scores from scores"), message="double them")
        assert keys.repeated(lake.connection) == [keys.Repeated("scores", ("sample_id", "axis"), 4, 4, 0)]
        assert lake.transact(keys.remove_doubles, message="repair") == {"scores": 4}
        assert lake.rows("from scores order by all") == sound
        assert score(lake, axes=["str_length", "think_or_not"]).computed == 0
