"""Files of the lake that are lost or broken: named, told apart by who needs them, given up, restored, made again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from lakes import fresh

from lake.catalog import Lake
from lake.errors import DamageError, LakeError, UsageError
from lake.failures import translated_errors
from lake.settings import Settings
from pipelines.contamination import contamination
from pipelines.dedup import dedup
from pipelines.ingest import drop_dataset, ingest
from pipelines.lineage import lineage
from pipelines.overlap import overlap
from pipelines.repair import give_up_lost
from pipelines.restore import restore
from pipelines.score import score


def source(folder: Path, name: str, rows: int) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps({"instruction": f"{name} {n}", "output": "x" * n}) + "\n" for n in range(rows)))
    return path


def files(settings: Settings, relation: str, dataset: str) -> list[Path]:
    return sorted(Path(settings.files, "main", relation).rglob(f"dataset={dataset}/*.parquet"))


def damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes({"short": whole[:100], "long": whole + b"x", "garbage": os.urandom(len(whole))}[how])


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "missing"),
        ("short", "has 100 bytes instead of"),
        ("long", "instead of"),
        ("garbage", "is no Parquet file any more"),
    ],
)
def test_damage_is_found_and_named_wherever_a_query_meets_it(
    settings: Settings, lake: Lake, tmp_path: Path, how: str, reason: str
) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    ingest(lake, source(tmp_path, "two", 3))
    assert lake.damage() == []
    [broken] = files(settings, "samples", "one")
    damage(broken, how)
    [found] = lake.damage()
    assert (found.path, found.table, found.dataset, found.rows, found.current) == (
        str(broken),
        "samples",
        "one",
        5,
        True,
    )
    assert reason in found.reason
    with Lake.open(settings, read_only=True) as reader:
        assert reader.rows("select count(*) from samples where dataset = 'two' and instruction like 'two%'") == [(3,)]
        with pytest.raises(
            DamageError, match="A file of the lake, .* (is missing|cannot be read)|Invalid data"
        ) as caught:
            reader.rows("select * from samples")
        assert str(broken) in caught.value.message or how == "garbage"
        assert caught.value.hint.endswith("oda doctor")
        with pytest.raises(DamageError), translated_errors(settings):
            reader.connection.execute("select max(instruction) from samples").fetchall()
    with pytest.raises(DamageError):
        score(lake, axes=["str_length"])


def test_lost_rows_are_given_up_and_made_again(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    one = source(tmp_path, "one", 5)
    ingest(lake, one)
    ingest(lake, source(tmp_path, "two", 3))
    score(lake, axes=["str_length"])
    [samples], [scores] = files(settings, "samples", "one"), files(settings, "scores", "two")
    kept = samples.read_bytes()
    samples.unlink()
    scores.write_bytes(b"PAR1")
    before = lake.snapshot
    done = give_up_lost(lake)
    assert done.rows == {("samples", "one"): 5, ("scores", "two"): 3}
    assert done.commands == (f"oda ingest {one} --name one", "oda score one", "oda score two")
    assert [each for each in lake.damage() if each.current] == []
    assert lake.rows("select dataset, count(*) from samples group by all") == [("two", 3)]
    assert lake.rows("select dataset, rows from datasets order by 1") == [("one", 0), ("two", 3)]
    assert lake.rows("select dataset, count(*) from scores group by all") == [("one", 5)]
    assert give_up_lost(lake).rows == {}
    assert ingest(lake, one).status == "replaced"
    assert sum(report.scored for report in score(lake, axes=["str_length"]).axes) == 8
    assert lake.rows("select dataset, count(str_length) from scored group by all order by 1") == [
        ("one", 5),
        ("two", 3),
    ]
    # The file comes back after all: the snapshots before still name it.
    samples.write_bytes(kept)
    with Lake.open(settings, snapshot=before) as earlier:
        assert earlier.rows("select count(*), max(length(response)) from samples where dataset = 'one'") == [(5, 4)]


RESULTS = {
    "oda dedup": ("signatures", "near_duplicates", "near_duplicate_pairs", "dedup_runs"),
    "oda overlap": ("prompt_keys", "dataset_overlaps", "dataset_redundancy", "overlap_runs"),
    "oda contamination": ("contamination", "contamination_scans"),
    "oda lineage": ("lineage_edges", "lineage_nodes"),
}
MAKE = {"oda dedup": dedup, "oda overlap": overlap, "oda contamination": contamination, "oda lineage": lineage}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a lake in which datasets and a benchmark were compared."""
    folder = tmp_path_factory.mktemp("compared")
    with fresh(folder / "home", threads=1) as lake:
        for name, kind in (("one", "train"), ("more", "train"), ("bench", "benchmark")):
            story = " ".join(f"{word}{name if word == 30 else ''}" for word in range(60))
            rows = [{"instruction": f"What is {n} times {n}, and why?", "output": f"{n} {story}"} for n in range(5)]
            path = folder / f"{name}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            ingest(lake, path, kind=kind)
        for make in MAKE.values():
            make(lake)
    return folder / "home"


def held(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all results, but for when and how they were made."""
    left = {"dedup_runs": "created, report", "overlap_runs": "created", "contamination_scans": "scanned"}
    columns = {name: f"* exclude ({left[name]})" if name in left else "*" for of in RESULTS.values() for name in of}
    return {name: lake.rows(f"select {shown} from {name} order by all") for name, shown in columns.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("command", "relation"), [(by, name) for by, names in RESULTS.items() for name in names])
def test_lost_results_are_given_up_together_and_made_again(
    compared: Path, tmp_path: Path, command: str, relation: str
) -> None:
    settings = Settings.load(home=shutil.copytree(compared, tmp_path / "home"), threads=1)
    with Lake.open(settings) as lake:
        before = held(lake)
        assert before[relation] != []
        for path in Path(settings.files, "main", relation).rglob("*.parquet"):
            path.unlink()
        assert {each.table for each in lake.damage() if each.current} == {relation}
        done = give_up_lost(lake)
        assert (done.commands, sum(done.rows.values())) == ((command,), len(before[relation]))
        assert [each for each in lake.damage() if each.current] == []
        MAKE[command](lake)
        assert held(lake) == before


@pytest.mark.parametrize(
    ("relation", "row", "command"),
    [
        ("verdicts", "1 as sample_id, 'one' as dataset, 'check@judge' as verdict, 'ok' as status", "oda score one"),
        ("judgements", "uuid() as content_id, 'question@judge' as judgement, 'ok' as status", "oda score"),
        ("token_signals", "uuid() as content_id, 'ok' as status", "oda score"),
    ],
)
def test_what_models_answered_is_given_up_to_be_asked_again(
    settings: Settings, lake: Lake, relation: str, row: str, command: str
) -> None:
    lake.transact(lambda connection: connection.execute(f"insert into {relation} by name select {row}"), message="ask")
    for path in Path(settings.files, "main", relation).rglob("*.parquet"):
        path.unlink()
    assert give_up_lost(lake).commands == (command,)
    assert lake.rows(f"from {relation}") == []


def test_a_lake_without_any_file_is_not_given_up(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    Path(settings.files).rename(tmp_path / "elsewhere")
    with pytest.raises(LakeError, match="None of the .* files of the lake is in"):
        give_up_lost(lake)
    (tmp_path / "elsewhere").rename(settings.files)
    assert lake.damage() == []


def test_what_cannot_be_made_again_is_never_given_up(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    lost = sorted(Path(settings.files, "main", "sequences").glob("*.parquet"))
    for path in lost:
        path.unlink()
    assert {each.table for each in lake.damage()} == {"sequences"}
    assert give_up_lost(lake).rows == {}
    assert {each.table for each in lake.damage()} == {"sequences"}


def test_what_only_old_snapshots_need_goes_with_them(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    [old] = files(settings, "samples", "one")
    ingest(lake, source(tmp_path, "one", 6))
    old.unlink()
    assert [(each.path, each.current) for each in lake.damage()] == [(str(old), False)]
    assert give_up_lost(lake).rows == {}
    lake.compact()
    lake.compact(expire_older_than="0 seconds", grace="0 days")
    assert lake.damage() == []
    assert lake.rows("select count(*), max(response) from samples") == [(6, "xxxxx")]


def test_restoring_brings_a_dataset_back_with_its_scores(lake: Lake, tmp_path: Path) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    ingest(lake, source(tmp_path, "two", 3))
    score(lake, axes=["str_length"])
    held = "select sample_id, response, str_length from scored where dataset = 'one' order by 1"
    at, then = lake.snapshot, lake.rows(held)
    ingest(lake, source(tmp_path, "one", 9))
    report = restore(lake, "one", at=at)
    assert report.rows == {"samples": 5, "scores": 5, "scored_axes": 5, "datasets": 1}
    assert lake.rows(held) == then
    drop_dataset(lake, "one")
    assert lake.rows(held) == []
    restore(lake, "one", at=at)
    assert lake.rows(held) == then
    assert lake.rows("select count(*) from scored where dataset = 'two'") == [(3,)]
    assert ingest(lake, source(tmp_path, "one", 5)).status == "unchanged"
    with pytest.raises(UsageError, match="There is no snapshot 900"):
        restore(lake, "one", at=900)
    with pytest.raises(UsageError, match=r"Snapshot 1 does not hold a dataset 'one'."):
        restore(lake, "one", at=1)
    assert lake.rows(held) == then


@pytest.mark.parametrize("how", ["garbage", "cut", "empty"])
def test_a_broken_catalogue_is_named(settings: Settings, lake: Lake, tmp_path: Path, how: str) -> None:
    ingest(lake, source(tmp_path, "one", 5))
    lake.close()
    catalogue = settings.catalog_file
    whole = catalogue.read_bytes()
    catalogue.write_bytes({"garbage": os.urandom(9000), "cut": whole[: len(whole) // 3], "empty": b""}[how])
    for open_it in ({"read_only": True}, {}, {"create": True}):
        with (
            pytest.raises(DamageError, match=r"The catalogue sqlite:.* is broken") as caught,
            Lake.open(settings, **open_it) as opened,
        ):
            opened.rows("from samples")
        assert "Put back a copy of it" in caught.value.hint
    catalogue.write_bytes(whole)
    with Lake.open(settings) as opened:
        assert opened.rows("select count(*) from samples") == [(5,)]
