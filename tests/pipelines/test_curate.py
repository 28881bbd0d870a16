"""Slices: what is stored, what is refused, and that the same query at the same snapshot gives the same slice."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.settings import Settings
from pipelines.curate import create_slice, drop_slice, get_slice, slice_members, slices, verify_slice

BASE = 2**32


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five samples in `math` (the last two equal) and two in `chat`, scored on `mtld`."""
    home = tmp_path_factory.mktemp("template") / "home"
    with Lake.open(Settings.load(home=home, threads=1), create=True) as lake:
        put(
            lake,
            "math",
            [Sample(f"{n} + {n}?", str(2 * n)) for n in range(4)] + [Sample("3 + 3?", "6")],
            scores={"mtld": [10.0, 40.0, 40.0, 30.0, None]},
        )
        put(lake, "chat", [Sample("Hello", "Hi"), Sample("Bye", "Bye")], scores={"mtld": [70.0, 5.0]})
    return home


@pytest.fixture
def filled(template: Path, settings: Settings) -> Iterator[Lake]:
    """A lake of its own for each test, copied from the template."""
    shutil.copytree(template, settings.home)
    with Lake.open(settings) as lake:
        yield lake


@pytest.fixture(scope="module")
def shared(template: Path) -> Iterator[Lake]:
    """The template itself, for tests that store nothing."""
    with Lake.open(Settings.load(home=template, threads=1)) as lake:
        yield lake


def test_stores_members_with_weights_and_reasons(filled: Lake) -> None:
    report = create_slice(
        filled,
        "hard",
        "-- parameter least: double = 20 | smallest mtld\n"
        "select sample_id, mtld / 10 as weight, 'mtld ' || mtld::integer as reason from scored where mtld >= $least",
        parameters={"least": "30"},
    )
    assert report.rows == 4
    assert report.parameters == {"least": 30.0}
    assert report.datasets == {"chat": 1, "math": 3}
    assert report.warnings == ()
    assert slice_members(filled, "hard").to_pylist() == [
        {"sample_id": BASE + 1, "weight": 4.0, "reason": "mtld 40"},
        {"sample_id": BASE + 2, "weight": 4.0, "reason": "mtld 40"},
        {"sample_id": BASE + 3, "weight": 3.0, "reason": "mtld 30"},
        {"sample_id": 2 * BASE, "weight": 7.0, "reason": "mtld 70"},
    ]
    stored = get_slice(filled, "hard")
    assert (stored.snapshot, stored.hash, stored.rows) == (report.snapshot, report.hash, 4)
    assert stored.sql.startswith("-- parameter least")
    assert [one.slice for one in slices(filled)] == ["hard"]


def test_weight_is_one_and_reason_null_unless_given(filled: Lake) -> None:
    create_slice(filled, "all", "from scored where dataset = 'chat'")
    assert slice_members(filled, "all", limit=1).to_pylist() == [{"sample_id": 2 * BASE, "weight": 1.0, "reason": None}]


def test_the_same_query_at_the_same_snapshot_is_the_same_slice(filled: Lake) -> None:
    query = "select sample_id from scored where mtld is not null order by mtld desc limit 2"
    first = create_slice(filled, "a", query)
    put(filled, "later", [Sample("new", "row")], scores={"mtld": [99.0]})
    again = create_slice(filled, "b", query, at=first.snapshot)
    now = create_slice(filled, "c", query)
    assert first.hash == again.hash
    # 70 first; the tie of the two samples with 40 falls to the smaller id.
    assert slice_members(filled, "a")["sample_id"].to_pylist() == [BASE + 1, 2 * BASE]
    assert slice_members(filled, "c")["sample_id"].to_pylist() == [2 * BASE, 3 * BASE]
    assert now.hash != first.hash


def test_hash_depends_on_query_parameters_members_weights_and_reasons(filled: Lake) -> None:
    header = "-- parameter n: integer = 1 | n\n"
    queries = [
        (header + "select sample_id from samples where row_no < $n", None),
        (header + "select sample_id from samples where row_no <= $n - 1", None),
        (header + "select sample_id from samples where row_no < $n", {"n": 2}),
        (header + "select sample_id, 2.0 as weight from samples where row_no < $n", None),
        (header + "select sample_id, '' as reason from samples where row_no < $n", None),
    ]
    hashes = [create_slice(filled, f"s{i}", sql, parameters=given).hash for i, (sql, given) in enumerate(queries)]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("delete from samples", "must be one select; it is: delete"),
        ("select sample_id from samples; select 1", "it is: select, select"),
        ("", "it is: nothing"),
        ("-- only a comment\n", "it is: nothing"),
        ("create table x as select 1", "it is: create"),
        ("copy samples to 'out.csv'", "it is: copy"),
        ("attach 'other.db'", "it is: attach"),
        ("set threads = 1", "it is: set"),
        ("explain select 1", "it is: explain"),
        ("call lake.snapshots()", "it is: call"),
        ("pivot samples on split using count(*)", "it is: create, select"),
        ("select sample_id from read_csv('/etc/passwd')", r"calls read_csv\(…\)"),
        ("select * from glob('/etc/*')", r"calls glob\(…\)"),
        ("select * from sqlite_scan('catalog.sqlite', 'x')", r"calls sqlite_scan\(…\)"),
        ("select * from ducklake_expire_snapshots('lake')", r"calls ducklake_expire_snapshots\(…\)"),
        ("select * from query('drop table samples')", r"calls query\(…\)"),
        ("select sample_id from '/etc/passwd'", "reads '/etc/passwd'"),
        ("select sample_id from 'a.parquet'", "reads 'a.parquet'"),
        ("select * from __ducklake_metadata_lake.ducklake_table", "which is not in the lake"),
        ("select * from __ducklake_metadata_lake.main.ducklake_table", "which is not in the lake"),
        ("select sample_id from samples where random() < 0.5", r"uses random\(\)"),
        ("with a as (select uuid() as u, sample_id from samples) from a", r"uses uuid\(\)"),
        ("select sample_id, current_date as reason from samples", "uses current_date"),
        ("select sample_id from samples using sample 2 rows", "a sample without a seed"),
        ("select nextval('s') as sample_id", r"uses nextval\(\)"),
        ("select row_no from samples", "gives no column sample_id; it gives row_no"),
        ("select 'a' as sample_id", "must give sample_id as integers, not VARCHAR"),
        ("select null::bigint as sample_id", r"gives no sample_id \(NULL\) in 1 rows"),
        ("select sample_id from samples union all select sample_id from samples where row_no = 1",
         f"more than once, 2 in all: {BASE + 1}, {2 * BASE + 1}"),
        ("select 17 as sample_id", "gives 1 sample_ids that no sample has: 17"),
        ("select sample_id, null::double as weight from samples", "7 weights that are NULL, negative"),
        ("select sample_id, -1 as weight from samples where row_no = 4", f"weights .*: {BASE + 4}"),
        ("select sample_id, 'nan'::double as weight from samples", "not finite"),
        ("select sample_id from samples where row_no < $n", r"uses \$n, which it does not declare"),
        ("select sample_id from samples where row_no < ?", r"uses \$1, which it does not declare"),
    ],
)  # fmt: skip
def test_refuses(shared: Lake, query: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        create_slice(shared, "bad", query)
    assert slices(shared) == []


def test_a_view_of_a_strange_lake_is_looked_into(filled: Lake, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.executescript("create table secrets (sample_id)")
    view = f"create view innocent as select * from sqlite_scan('{tmp_path}/other.sqlite', 'secrets')"
    filled.transact(lambda c: c.execute(view), message="plant")
    with pytest.raises(UsageError, match=r"it calls sqlite_scan\(…\)"):
        create_slice(filled, "bad", "select sample_id::bigint as sample_id from innocent")


def test_no_python_variable_is_read(shared: Lake) -> None:
    import pyarrow as pa

    outside = pa.table({"sample_id": [BASE]})
    with pytest.raises(UsageError, match="Table with name outside does not exist"):
        create_slice(shared, "bad", "select sample_id from outside")
    assert outside.num_rows == 1


def test_says_where_the_query_is_wrong(shared: Lake) -> None:
    with pytest.raises(UsageError) as caught:
        create_slice(shared, "bad", "-- relation: x\nselect sample_id,\n    mtdl\nfrom scored")
    assert caught.value.message == (
        "The query of slice 'bad' does not run: Binder Error: Referenced column \"mtdl\" not found in FROM clause!\n"
        "LINE 3:     mtdl\n"
        "            ^"
    )
    assert caught.value.hint.startswith('Candidate bindings: "mtld"')


def test_says_where_the_query_does_not_parse(shared: Lake) -> None:
    with pytest.raises(UsageError) as caught:
        create_slice(shared, "bad", "selec sample_id from samples")
    assert caught.value.message == (
        "The query of slice 'bad' does not run: Parser Error: syntax error at or near \"selec\"\n"
        "LINE 1: selec sample_id from samples\n"
        "        ^"
    )


def test_an_error_while_running_is_one_line(shared: Lake) -> None:
    with pytest.raises(UsageError) as caught:
        create_slice(shared, "bad", "select sample_id from samples where response::integer > 0")
    assert caught.value.message.startswith("The query of slice 'bad' does not run: Conversion Error: Could not convert")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"n": "x"}, UsageError, "Parameter n of the query of slice 'bad' must be integer: 'x' is not a whole number"),
        ({"n": "1.5"}, UsageError, "must be integer"),
        ({"m": 1}, UnknownNameError, "Unknown parameter of the query of slice 'bad' 'm'"),
        ({}, UsageError, "needs the parameter n"),
        ({"n": 1, "day": "yesterday"}, UsageError, "must be date"),
    ],
)
def test_parameters_are_typed(shared: Lake, given: dict[str, object], error: type[UsageError], message: str) -> None:
    query = (
        "-- parameter n: integer | n\n-- parameter day: date = 2024-01-01 | day\n"
        "select sample_id from samples where row_no < $n and $day > date '2020-01-01'"
    )
    with pytest.raises(error, match=message):
        create_slice(shared, "bad", query, parameters=given)


def test_a_parameter_is_bound_and_never_part_of_the_text(filled: Lake) -> None:
    query = "-- parameter name: varchar | name\nselect sample_id from samples where dataset = $name"
    report = create_slice(filled, "none", query, parameters={"name": "x' or 1=1 --"})
    assert report.rows == 0
    assert report.warnings == ("the query selects no samples",)


def test_every_type_of_parameter_survives_storing(filled: Lake) -> None:
    query = (
        "-- parameter n: integer = 50e6 | n\n-- parameter on: boolean = true | on\n-- parameter day: date | day\n"
        "-- parameter names: varchar[] | names\n-- parameter x: double = 1e-3 | x\n"
        "select sample_id from samples where $n = 50000000 and $on and $day = date '2024-02-29' and $x = 0.001 "
        "and dataset in (select unnest($names))"
    )
    report = create_slice(filled, "typed", query, parameters={"day": "2024-02-29", "names": "chat,other"})
    assert report.rows == 2
    assert get_slice(filled, "typed").parameters == {
        "n": 50_000_000, "on": True, "day": "2024-02-29", "names": ["chat", "other"], "x": 0.001,
    }  # fmt: skip
    assert verify_slice(filled, "typed").identical


def test_a_final_semicolon_and_comment_do_no_harm(filled: Lake) -> None:
    assert create_slice(filled, "a", "select sample_id from samples; -- done\n").rows == 7
    assert create_slice(filled, "b", "select sample_id from samples -- 'done;\n;").rows == 7


@pytest.mark.parametrize("name", ["../x", "a b", "", "x'; drop table slices; --", "nul"])
def test_hostile_names_are_refused(shared: Lake, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a slice"):
        create_slice(shared, name, "select sample_id from samples")


def test_a_name_in_use_needs_replace(filled: Lake) -> None:
    create_slice(filled, "one", "select sample_id from samples where dataset = 'math'")
    with pytest.raises(UsageError, match="There is a slice 'one' already"):
        create_slice(filled, "one", "select sample_id from samples")
    assert get_slice(filled, "one").rows == 5
    report = create_slice(filled, "one", "select sample_id from samples where dataset = 'chat'", replace=True)
    assert report.replaced
    assert slice_members(filled, "one")["sample_id"].to_pylist() == [2 * BASE, 2 * BASE + 1]
    assert len(slices(filled)) == 1


def test_a_dataset_and_a_slice_never_share_a_name(shared: Lake) -> None:
    with pytest.raises(UsageError, match="There is a dataset 'math'"):
        create_slice(shared, "math", "select sample_id from samples")


def test_drop(filled: Lake) -> None:
    create_slice(filled, "one", "select sample_id from samples")
    assert drop_slice(filled, "one") == 7
    assert slices(filled) == []
    assert filled.rows("select count(*) from slice_members") == [(0,)]
    with pytest.raises(UnknownNameError, match="Unknown slice 'one'"):
        slice_members(filled, "one")


def test_unknown_snapshot(shared: Lake) -> None:
    with pytest.raises(UsageError, match="There is no snapshot 999"):
        create_slice(shared, "bad", "select sample_id from samples", at=999)


def test_verify_finds_a_slice_identical_after_the_lake_changed(filled: Lake) -> None:
    create_slice(filled, "one", "select sample_id from scored where mtld > 20")
    filled.transact(lambda c: c.execute("delete from scored_axes"), message="forget scores")
    check = verify_slice(filled, "one")
    assert (check.identical, check.intact, check.rows, check.rows_found) == (True, True, 4, 4)


def test_verify_says_which_members_differ(filled: Lake) -> None:
    create_slice(filled, "one", "select sample_id from scored where mtld > 20")
    filled.transact(
        lambda c: [
            c.execute("delete from slice_members where sample_id = ?", [BASE + 1]),
            c.execute("insert into slice_members (slice, sample_id, weight) values ('one', ?, 1)", [BASE]),
            c.execute("update slice_members set weight = 2 where sample_id = ?", [BASE + 2]),
        ],
        message="tamper",
    )
    check = verify_slice(filled, "one")
    assert check.identical
    assert not check.intact
    assert (check.missing, check.added, check.changed) == ((BASE,), (BASE + 1,), (BASE + 2,))


def test_verify_of_an_expired_snapshot_says_so(filled: Lake) -> None:
    create_slice(filled, "one", "select sample_id from samples")
    time.sleep(0.05)
    filled.compact(expire_older_than="10 milliseconds")
    with pytest.raises(UsageError, match=r"Slice 'one' was made at snapshot \d+, which has expired"):
        verify_slice(filled, "one")
    assert slice_members(filled, "one").num_rows == 7


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("from (select sample_id from samples order by dataset limit 3)", "an inner limit"),
        ("select distinct on (dataset) sample_id from samples", "distinct on"),
        ("select sample_id from slice_members where slice = 'x'", "slice_members holds sample_ids of the snapshot"),
        ("select first(sample_id) as sample_id from samples group by dataset", "first(…)"),
        ("select sample_id from samples qualify row_number() over (partition by dataset order by split) = 1",
         "row_number() over (…)"),
        ("select sample_id from samples using sample 3 rows (reservoir, 1)", "a sample depends"),
    ],
)  # fmt: skip
def test_warns_where_storage_order_may_decide(filled: Lake, query: str, warning: str) -> None:
    report = create_slice(filled, "maybe", query)
    assert [text for text in report.warnings if text.startswith(warning)]


@pytest.mark.parametrize(
    "query",
    [
        "from (select sample_id from samples order by dataset, sample_id limit 3)",
        "select distinct on (dataset) sample_id from samples order by dataset, sample_id",
        "select sample_id from samples qualify row_number() over (partition by dataset order by sample_id) = 1",
        "select min(sample_id) as sample_id from samples group by content_id order by count(*) desc limit 2",
        "select s.sample_id from samples as s join datasets using (dataset) order by dataset limit 4",
        "select sample_id from samples order by all limit 2",
        "(select sample_id from samples) union (select sample_id from scored) limit 3",
        "from samples limit 50%",
    ],
)
def test_no_warning_where_the_order_is_total(filled: Lake, query: str) -> None:
    assert create_slice(filled, "sure", query).warnings == ()
    assert verify_slice(filled, "sure").identical


def test_ties_at_the_cut_do_not_depend_on_storage(filled: Lake) -> None:
    query = "select sample_id from samples order by dataset desc limit 3"
    before = create_slice(filled, "before", query)
    filled.transact(
        lambda c: [
            c.execute("create temp table copy_of as from samples order by sample_id desc"),
            c.execute("delete from samples"),
            c.execute("insert into samples from copy_of order by sample_id desc"),
        ],
        message="turn the storage around",
    )
    assert create_slice(filled, "after", query).hash == before.hash


def test_a_query_from_a_file(filled: Lake, tmp_path: Path) -> None:
    path = tmp_path / "mine.sql"
    path.write_text("-- parameter n: integer = 1 | n\nselect sample_id from samples where row_no < $n")
    assert create_slice(filled, "a", path).rows == 2
    assert create_slice(filled, "b", str(path), parameters={"n": 2}).rows == 4
    with pytest.raises(UsageError, match=r"Cannot read the query in nowhere\.sql"):
        create_slice(filled, "c", "nowhere.sql")


def test_of_writers_at_once_one_wins_and_nothing_is_left_of_the_others(filled: Lake, settings: Settings) -> None:
    outcomes: list[str] = []

    def make() -> None:
        with Lake.open(settings) as own:
            try:
                create_slice(own, "one", "select sample_id from samples")
                outcomes.append("made")
            except UsageError as error:
                outcomes.append(error.message)

    writers = [threading.Thread(target=make) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcomes) == ["There is a slice 'one' already."] * 2 + ["made"]
    with Lake.open(settings) as after:
        assert slice_members(after, "one").num_rows == 7
    assert len(list(Path(settings.home).rglob("slice=one/*.parquet"))) == 1
