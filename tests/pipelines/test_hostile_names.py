"""Names that something on the way could read as something else: nothing is stored under another name, or lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lakes import fresh
from sampling import THOROUGH

from lake.catalog import Lake
from lake.errors import UsageError
from lake.names import validate_name
from pipelines.curate import create_slice, drop_slice, slice_members
from pipelines.dedup import dedup
from pipelines.export import export
from pipelines.ingest import drop_dataset, ingest
from pipelines.score import score

MISREAD = (
    "null",
    "NULL",
    "Null",
    "nUlL",
    "nulls",
    "none",
    "nan",
    "inf",
    "true",
    "False",
    "0",
    "007",
    "7",
    "1e5",
    "1E5",
)
DATES = ("2024-01-01", "20240101", "12.5", "0x10", "1_000", "samples", "dataset", "main", "a", "A", "CONSOLE")
REFUSED = ("__HIVE_DEFAULT_PARTITION__", "a=b", "%6Eull", "a%20b", "a b", "~", "..", "nul", "a/b", "", "ünïcode")
RELATIONS = ("samples", "scores", "scored_axes", "signatures", "rejects")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with fresh(tmp_path_factory.mktemp("names") / "home", threads=1) as opened:
        yield opened


def source(folder: Path, rows: int) -> Path:
    """A file of that many samples and one reject."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"instruction": f"Count to {n}", "output": "one two three " * (n + 1)}) for n in range(rows)]
    path = folder / "source.jsonl"
    path.write_text("\n".join([*lines, "{bad"]) + "\n")
    return path


def counts(lake: Lake) -> dict[tuple[str, str | None], int]:
    """Rows of every dataset and slice in every relation that is partitioned by a name."""
    found = {}
    for relation in RELATIONS:
        rows = lake.rows(f"select dataset, count(*), count(distinct dataset) from {relation} group by dataset")
        found |= {(relation, name): rows for name, rows, _ in rows}
    rows = lake.rows("select slice, count(*) from slice_members group by slice")
    return found | {("slice_members", name): count for name, count in rows}


def take_in(lake: Lake, names: dict[str, int], folder: Path) -> dict[tuple[str, str | None], int]:
    """Ingest so many rows of each name, score and select; what the lake should hold of them."""
    wanted: dict[tuple[str, str | None], int] = {}
    for number, (name, rows) in enumerate(names.items()):
        assert ingest(lake, source(folder / str(number), rows), name=name, workers=1).samples == rows
        wanted |= dict.fromkeys(((relation, name) for relation in ("samples", "scored_axes", "scores")), rows)
        wanted |= {("rejects", name): 1, ("slice_members", f"{name}-slice"): rows}
    score(lake, datasets=[*names], axes=["str_length"])
    for name in names:
        create_slice(lake, f"{name}-slice", f"select sample_id from samples where dataset = '{name}'")
    return wanted


@pytest.mark.slow
def test_names_that_are_read_as_something_else_live_beside_each_other(lake: Lake, tmp_path: Path) -> None:
    names = ("null", "NULL", "007", "1e5")
    wanted = take_in(lake, {name: 2 + number % 3 for number, name in enumerate(names)}, tmp_path)
    dedup(lake)
    wanted |= {("signatures", name): 2 + number % 3 for number, name in enumerate(names)}
    assert counts(lake) == wanted
    lake.compact()
    assert counts(lake) == wanted
    for number, name in enumerate(names):
        report = export(lake, name, to="parquet", out=tmp_path / f"out{number}")
        assert report.rows == 2 + number % 3
        # Its source grows, so it is replaced, and its scores are carried over.
        path = source(tmp_path / str(number), 5)
        assert ingest(lake, path, name=name, workers=1).carried_scores == 2 + number % 3
        score(lake, datasets=[name], axes=["str_length"])
        assert lake.rows("select count(*), count(str_length) from scored where dataset = ?", [name]) == [(5, 5)]
    lake.compact()
    for name in names:
        drop_slice(lake, f"{name}-slice")
        drop_dataset(lake, name)
        assert all(name not in key for key in counts(lake))
    assert counts(lake) == {}
    assert list(lake.scratch.rglob("*.parquet")) == []


def test_a_dataset_and_a_slice_may_be_called_null(lake: Lake, tmp_path: Path) -> None:
    wanted = take_in(lake, {"Null": 2}, tmp_path)
    create_slice(lake, "null", "select sample_id from samples where dataset = 'Null' and row_no = 0")
    wanted |= {("slice_members", "null"): 1}
    assert counts(lake) == wanted
    lake.compact()
    assert counts(lake) == wanted
    assert slice_members(lake, "null").num_rows == 1
    assert export(lake, "null", to="parquet", out=tmp_path / "out").rows == 1
    assert drop_slice(lake, "null") == 1
    drop_slice(lake, "Null-slice")
    drop_dataset(lake, "Null")
    assert counts(lake) == {}


def test_an_axis_may_be_called_null(tmp_path: Path) -> None:
    axes = tmp_path / "axes"
    axes.mkdir()
    (axes / "null.sql").write_text("-- description: Rows from one.\nrow_no + 1\n")
    with fresh(tmp_path / "home", threads=1, scorers=(axes,)) as lake:
        ingest(lake, source(tmp_path, 3), name="plain", workers=1)
        score(lake, axes=["null"])
        for _ in range(2):
            assert lake.rows("select axis, count(*), sum(value) from scores group by axis") == [("null", 3, 6.0)]
            assert lake.rows('select "null" from scored order by sample_id') == [(1.0,), (2.0,), (3.0,)]
            lake.compact()


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_cannot_be_stored_are_refused_before_anything_is(lake: Lake, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a dataset"):
        ingest(lake, source(tmp_path, 3), name=name)
    with pytest.raises(UsageError, match="cannot be the name of a slice"):
        create_slice(lake, name, "select sample_id from samples")
    assert counts(lake) == {}


NAMES = st.one_of(
    st.sampled_from((*MISREAD, *DATES, *REFUSED)),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,8}", fullmatch=True),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
)


def allowed(name: str) -> bool:
    try:
        validate_name("dataset", name)
    except UsageError:
        return False
    return True


@pytest.mark.slow
@settings(max_examples=4 if THOROUGH else 2, deadline=None)
@given(names=st.lists(NAMES, min_size=5, max_size=5, unique=True))
def test_whatever_they_are_called_datasets_come_and_go_whole(
    lake: Lake, tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    good = {name: 2 + number for number, name in enumerate(filter(allowed, names))}
    for name in names:
        if name not in good:
            with pytest.raises(UsageError):
                ingest(lake, source(folder, 3), name=name)
    assert counts(lake) == {}
    assume(good)
    wanted = take_in(lake, good, folder)
    assert counts(lake) == wanted
    for name, rows in good.items():
        assert export(lake, f"{name}-slice", to="parquet", out=folder / "out" / str(rows)).rows == rows
    lake.compact()
    assert counts(lake) == wanted
    for name in good:
        drop_slice(lake, f"{name}-slice")
        drop_dataset(lake, name)
        wanted = {key: count for key, count in wanted.items() if key[1] not in (name, f"{name}-slice")}
        assert counts(lake) == wanted
    shutil.rmtree(folder)
