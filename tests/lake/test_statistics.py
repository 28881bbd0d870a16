"""A table without rows has statistics from the beginning, and those of its first rows are DuckLake's own."""

from __future__ import annotations

from pathlib import Path

import duckdb
from lakes import lay
from staged import catalogue

from lake import migrations, statistics
from lake.catalog import Lake
from lake.extensions import connect
from lake.settings import Settings

STATEMENTS = [
    "insert into slices (slice, rows, sql, created) values ('a', 3, null, '2026-01-01'), ('b', null, 'x', '2026-01-02')",
    "insert into slices (slice, rows) values ('c', 9)",
    "delete from slices where slice = 'a'",
    "insert into embeddings (model, vector) values ('m', [1.0, 2.0]), ('n', ['nan'::float, null])",
    "insert into datasets (dataset, released, parents, rows) values ('d', '2020-01-01', ['e', null], 7)",
    "alter table scored_axes add column mtld double",
    "insert into scored_axes (sample_id, dataset, mtld) values (2, 'd', 'nan'), (3, 'd', 2), (4, 'd', null)",
]

KNOWN = """
select table_name, column_name, contains_null, contains_nan, min_value, max_value, extra_stats
from ducklake_table_column_stats join ducklake_table using (table_id) join ducklake_column using (table_id, column_id)
where table_name in ('slices', 'embeddings', 'datasets', 'scored_axes') order by 1, 2, 3, 4, 5
"""
COUNTS = """
select table_name, record_count, next_row_id from ducklake_table_stats join ducklake_table using (table_id)
where table_name in ('slices', 'embeddings', 'datasets', 'scored_axes') order by 1
"""


def written(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    """The statistics of four tables once the statements have run, a commit each."""
    for statement in STATEMENTS:
        connection.execute(statement)
    with catalogue(settings) as opened:
        return [opened.execute(query).fetchall() for query in (KNOWN, COUNTS)]


def test_the_first_rows_give_the_statistics_that_ducklake_gives_them(settings: Settings, tmp_path: Path) -> None:
    plain = Settings.load(home=tmp_path / "plain", threads=1)
    plain.home.mkdir()
    with connect(plain, tmp_path / "spill") as connection:
        uri = f"ducklake:{plain.catalog_uri}"
        connection.execute(f"attach '{uri}' as lake (data_path '{plain.files}', data_inlining_row_limit 0)")
        connection.execute("use lake")
        connection.execute("begin")
        migrations.migrate(connection)
        connection.execute("commit")
        wanted = written(plain, connection)
    lay(settings.home)
    with Lake.open(settings) as lake:
        assert written(settings, lake.connection) == wanted
        nobody = lake.rows("select slice from slices where rows is null")
    assert nobody == [("b",)]
    assert wanted[1] == [("datasets", 1, 1), ("embeddings", 2, 2), ("scored_axes", 3, 3), ("slices", 3, 3)]
    assert ("datasets", "released", 0, None, "2020-01-01", "2020-01-01", None) in wanted[0]


def test_rows_of_a_transaction_are_seen_before_it_ends(lake: Lake) -> None:
    lake.connection.execute("begin")
    lake.connection.execute("insert into slices (slice, rows) values ('a', null), ('b', 5)")
    assert lake.rows("select slice from slices where rows is null") == [("a",)]
    assert lake.rows("select max(rows), count(*), count(rows) from slices") == [(5, 2, 1)]
    lake.connection.execute("rollback")
    assert lake.rows("select count(*) from slices") == [(0,)]


def test_columns_that_come_to_an_empty_table_get_them_too(settings: Settings, lake: Lake) -> None:
    lake.rows("alter table slices add column more double")
    statistics.begin(lake.connection)
    lake.rows("insert into slices (slice, more) values ('a', 1.5)")
    with catalogue(settings) as opened:
        found = opened.execute(KNOWN.replace("where", "where column_name = 'more' and")).fetchall()
    assert found == [("slices", "more", 0, 0, "1.5", "1.5", None)]


def test_every_table_has_them_once(settings: Settings, lake: Lake) -> None:
    with catalogue(settings) as opened:
        bare = "select table_name from ducklake_table where table_id not in (select table_id from ducklake_table_stats)"
        assert opened.execute(bare).fetchall() == [("scored_axes",)]
        twice = "select count(*) - count(distinct table_id) from ducklake_table_stats"
        assert opened.execute(twice).fetchone() == (0,)


def test_who_opens_a_lake_gives_what_its_maker_was_killed_before(settings: Settings, lake: Lake) -> None:
    with catalogue(settings) as opened:
        for table in ("ducklake_table_stats", "ducklake_table_column_stats"):
            opened.execute(
                f"delete from {table} where table_id in (select table_id from ducklake_table where table_name = 'slices')"
            )
        opened.commit()
    with Lake.open(settings) as other:
        other.rows("insert into slices (slice, rows) values ('a', null)")
        assert other.rows("select slice from slices where rows is null") == [("a",)]
    with catalogue(settings) as opened:
        found = "select record_count from ducklake_table_stats join ducklake_table using (table_id) where table_name = 'slices'"
        assert opened.execute(found).fetchall() == [(1,)]
