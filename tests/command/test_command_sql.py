"""`oda sql`: reading only unless asked, parameters, and every form rows can take."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from command_process import ROOT, Oda, command, process

ODD = (
    "select 1::bigint as a, null as nothing, '' as empty, 'NULL' as word, 'x,\"y\"' as quoted, "
    "'two' || chr(10) || 'lines' as lines, [1, 2] as list, '{\"k\": [1]}'::json as j, 'nan'::double as nan, "
    "100000000000000000000000::hugeint as huge, 1.50::decimal(4,2) as price, true as yes, "
    "timestamp '2025-01-31 10:00:00' as t, 2 as a"
)


def test_table_shows_rows_and_their_number(oda: Oda, template: Path) -> None:
    ran = oda("sql", "select 'x' as name, 7 as n union all select 'yy', 12 order by n", "--home", template)
    assert ran.out == "name   n\n────  ──\nx      7\nyy    12\n2 rows\n"


def test_table_tells_null_and_line_breaks(oda: Oda, template: Path) -> None:
    ran = oda("sql", "select null as a, 'p' || chr(10) || 'q' || chr(27) as b", "--home", template)
    assert ran.out.splitlines()[2] == "NULL  p\\nq\\x1b"


def test_table_says_how_many_rows_there_are(oda: Oda, template: Path) -> None:
    ran = oda("sql", "select i from range(52002) r(i)", "--home", template)
    assert ran.out.splitlines()[-1].startswith("1,000 of 52,002 rows shown")
    assert len(ran.out.splitlines()) == 1000 + 3
    ran = oda("sql", "select i from range(5) r(i) -- a remark", "--limit-rows", "2", "--home", template)
    assert ran.out.splitlines()[2:4] == ["0", "1"]
    assert ran.out.splitlines()[-1].startswith("2 of 5 rows shown")
    everything = oda("sql", "select i from range(1500) r(i)", "--limit-rows", "0", "--home", template)
    assert everything.out.splitlines()[-1] == "1,500 rows"


def test_json_is_an_array_of_objects(oda: Oda, template: Path) -> None:
    (row,) = oda("sql", ODD, "--json", "--home", template).document
    assert row == {
        "a": 1,
        "nothing": None,
        "empty": "",
        "word": "NULL",
        "quoted": 'x,"y"',
        "lines": "two\nlines",
        "list": [1, 2],
        "j": {"k": [1]},
        "nan": None,
        "huge": 100000000000000000000000,
        "price": 1.5,
        "yes": True,
        "t": "2025-01-31T10:00:00",
        "a_1": 2,
    }


def test_json_of_no_rows_is_an_empty_array(oda: Oda, template: Path) -> None:
    assert oda("sql", "from samples where false", "--json", "--home", template).document == []


def test_json_of_several_chunks_is_one_document(oda: Oda, template: Path) -> None:
    rows = oda("sql", "select i from range(5000) r(i)", "--json", "--home", template).document
    assert [row["i"] for row in rows] == list(range(5000))


def test_csv_keeps_null_and_the_empty_string_apart(oda: Oda, template: Path) -> None:
    ran = oda("sql", ODD, "--format", "csv", "--home", template)
    (header, row) = csv.reader(ran.out.splitlines(keepends=True))
    assert header[:3] == ["a", "nothing", "empty"]
    assert row[3:8] == ["NULL", 'x,"y"', "two\nlines", "[1,2]", '{"k": [1]}']
    assert ran.out.splitlines()[1].startswith('1,,"",NULL,')


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_a_file_takes_the_format_of_its_name(oda: Oda, template: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"it's out.{suffix}"
    ran = oda("sql", "select sample_id, response from samples where row_no < $n", "-p", "n=5", "-o", target,
              "--home", template)  # fmt: skip
    assert ran.status == 0
    assert ran.out.startswith(f"5 rows in {target} (")
    reader = {"csv": "read_csv", "json": "read_json", "parquet": "read_parquet"}[suffix]
    rows = duckdb.execute(f"select count(*), max(response) from {reader}(?)", [str(target)]).fetchall()
    assert rows == [(5, "It is 8.")]
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_parquet_keeps_types(oda: Oda, template: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.parquet"
    oda("sql", "select content_id, meta, n_turns from samples", "-o", target, "--home", template)
    types = duckdb.execute("select column_type from (describe from read_parquet(?))", [str(target)]).fetchall()
    assert types == [("UUID",), ("JSON",), ("INTEGER",)]


def test_a_written_file_is_told_as_json(oda: Oda, template: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    ran = oda("sql", "select 1 as one", "-o", target, "--json", "--home", template)
    assert ran.document == {"file": str(target), "format": "csv", "rows": 1, "bytes": 6}


def test_a_failed_query_leaves_the_file_as_it_was(oda: Oda, template: Path, tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("before")
    ran = oda("sql", "select (i || 'x')::int from range(9) r(i)", "-o", target, "--home", template)
    assert ran.status == 1
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_changes_are_refused_with_the_way_out(oda: Oda, home: Path) -> None:
    for statement in ("delete from samples", "create table mine (i int)", "drop table samples"):
        ran = oda("sql", statement, "--home", home)
        assert ran.status == 1
        assert "--write" in ran.err
        assert "Traceback" not in ran.err
    assert oda("sql", "select count(*) as n from samples", "--json", "--home", home).document == [{"n": 120}]


def test_changes_with_write_are_one_commit_with_a_message(oda: Oda, home: Path) -> None:
    text = "create table mine (i int); insert into mine values (1), (2)"
    ran = oda("sql", text, "--write", "-m", "try it", "--home", home)
    assert ran.status == 0
    assert ran.out.startswith("2 rows changed; this is snapshot ")
    newest = oda("snapshots", "--json", "--home", home).document[0]
    assert newest["message"] == "try it"
    assert oda("sql", "from mine order by i", "--json", "--home", home).document == [{"i": 1}, {"i": 2}]


def test_a_failed_write_changes_nothing(oda: Oda, home: Path) -> None:
    before = oda("snapshots", "--json", "--home", home).document
    ran = oda("sql", "delete from rejects; delete from nowhere", "--write", "--home", home)
    assert ran.status == 1
    assert oda("sql", "select count(*) as n from rejects", "--json", "--home", home).document == [{"n": 1}]
    assert oda("snapshots", "--json", "--home", home).document == before


def test_at_reads_a_snapshot(oda: Oda, home: Path) -> None:
    snapshot = oda("snapshots", "--json", "--home", home).document[0]["snapshot_id"]
    oda("sql", "delete from rejects", "--write", "--home", home)
    query = "select count(*) as n from rejects"
    assert oda("sql", query, "--json", "--home", home).document == [{"n": 0}]
    assert oda("sql", query, "--json", "--at", str(snapshot), "--home", home).document == [{"n": 1}]
    ran = oda("sql", query, "--at", "99999", "--home", home)
    assert (ran.status, "oda snapshots" in ran.err) == (2, True)
    assert oda("sql", query, "--at", "1", "--write", "--home", home).status == 2


def test_parameters_are_guessed_without_a_header(oda: Oda, template: Path) -> None:
    query = "select $n + 1 as n, $t as t, $f as f, typeof($x) as x"
    ran = oda("sql", query, "-p", "n=1", "-p", "t=it's", "-p", "f=1.5", "-p", "x=null", "--json", "--home", template)
    assert ran.document == [{"n": 2, "t": "it's", "f": 1.5, "x": '"NULL"'}]


def test_parameters_are_typed_by_the_header_of_a_file(oda: Oda, template: Path, tmp_path: Path) -> None:
    file = tmp_path / "first.sql"
    file.write_text(
        "-- relation: first\n-- parameter rows: integer = 2 | how many\n-- parameter word: varchar\n"
        "select row_no, $word as word from samples order by row_no limit $rows\n"
    )
    ran = oda("sql", "-f", file, "-p", "word=7", "-p", "rows=1e0", "--json", "--home", template)
    assert ran.document == [{"row_no": 0, "word": "7"}]
    missing = oda("sql", "-f", file, "--home", template)
    assert missing.status == 2
    assert "first.sql needs the parameter word (varchar)" in missing.err
    wrong = oda("sql", "-f", file, "-p", "word=x", "-p", "rows=many", "--home", template)
    assert (wrong.status, "must be integer" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["select $a"], "The parameter a has no value."),
        (["select 1", "-p", "a=1"], "Unknown parameter of the query 'a'."),
        (["select 1", "-p", "novalue"], "'novalue' is not NAME=VALUE, such as least=80."),
        (["select ?"], "Positional parameters cannot be given."),
        ([""], "Invalid value for 'QUERY': '' is not a query"),
        (["/* nothing */"], "There is no statement to run."),
        (["select 1", "-f", "also.sql"], "Give a query or a file, not both."),
        (["-f", "not-there.sql"], "Cannot read not-there.sql: No such file or directory (--file)."),
        (["select 1", "--format", "parquet"], "Parquet needs a file to go to."),
        (["select 1", "-o", "rows.xyz"], "No format is known by the name of rows.xyz."),
        (["select 1", "-o", "no/such/folder/x.csv"], "The folder no/such/folder does not exist."),
        (["select 1", "--json", "--format", "csv"], "--json and --format csv contradict each other."),
        (["explain select 1", "-o", "plan.parquet"], "Only the rows of a select can go to Parquet."),
    ],
)
def test_wrong_usage_is_named(oda: Oda, template: Path, arguments: list[str], said: str) -> None:
    ran = oda("sql", *arguments, "--home", template)
    assert ran.status == 2
    assert said in ran.err


def test_a_mistake_in_sql_is_shown_with_its_place(oda: Oda, template: Path) -> None:
    ran = oda("sql", "select *\nfrom sampels", "--home", template)
    assert ran.status == 1
    assert "Table with name sampels does not exist!" in ran.err
    assert 'Did you mean "samples' in ran.err
    assert "LINE 2: from sampels" in ran.err
    assert oda("sql", "selec 1", "--json", "--home", template).error["error"] == "QueryError"


def test_standard_input_is_read_when_it_is_no_terminal(template: Path) -> None:
    ran = process("sql", "--json", "--home", template, stdin="select 1 as a;\nselect 2 as b;\n")
    assert json.loads(ran.out) == [{"b": 2}]


def test_rows_stream_in_bounded_memory(template: Path, tmp_path: Path) -> None:
    query = "select i, repeat('x', 2000) || i as t from range(150000) r(i)"
    for form in ("csv", "json"):
        target = tmp_path / f"rows.{form}"
        # Not ru_maxrss: a process that was forked inherits the largest its parent, here a test worker, ever was.
        code = (
            "from pathlib import Path; from pipelines.command.main import main; "
            f"assert main({command('sql', query, '-o', target, '--home', template)[3:]!r}) == 0; "
            "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        # The rows are 300 MB, beside 170 MB of imports and engine; the process stays well below both together.
        assert target.stat().st_size > 300e6
        assert int(done.stdout.splitlines()[-1]) * 1024 < 400e6, form
        target.unlink()


def test_long_queries_draw_nothing_on_standard_output(template: Path) -> None:
    query = "select count(sleep_ms(40)) = 0 as done from range(100)"  # DuckDB would draw after 2 s
    ran = process("sql", "--json", query, "--home", template)
    assert json.loads(ran.out) == [{"done": True}]
