"""Exports as a step: what is exported, the manifest, what is refused, and that a folder is whole or not there."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_rows import put

from lake.catalog import Lake
from lake.errors import OdaError, StorageError, UnknownNameError, UsageError
from lake.formats.base import Sample
from lake.settings import Settings
from pipelines.curate import create_slice
from pipelines.export import ExportError, export
from pipelines.exporting.folder import made_whole

BASE = 2**32


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with `math` (three samples, scored) and `chat` (one), and the slice `best` of both."""
    home = tmp_path_factory.mktemp("template") / "home"
    with Lake.open(Settings.load(home=home, threads=1), create=True) as lake:
        samples = [Sample("1?", "one"), Sample("2?", "two"), Sample("3?")]
        put(lake, "math", samples, scores={"mtld": [9.0, 1.0, 5.0]}, licence="MIT")
        put(lake, "chat", [Sample("Hi", "Ho")], scores={"mtld": [7.0]}, licence="CC BY 4.0")
        query = "-- parameter least: double = 4 | smallest\nselect sample_id from scored where mtld > $least"
        create_slice(lake, "best", query, parameters={"least": "6"})
    return home


@pytest.fixture
def filled(template: Path, settings: Settings) -> Iterator[Lake]:
    shutil.copytree(template, settings.home)
    with Lake.open(settings) as lake:
        yield lake


@pytest.fixture(scope="module")
def shared(template: Path) -> Iterator[Lake]:
    """The template itself, for tests that store nothing."""
    with Lake.open(Settings.load(home=template, threads=1)) as lake:
        yield lake


def ids(folder: Path) -> list[int]:
    return [json.loads(line)["sample_id"] for line in (folder / "data.jsonl").read_text().splitlines()]


def test_a_slice_with_its_manifest(filled: Lake, tmp_path: Path) -> None:
    report = export(filled, "best", to="jsonl", out=tmp_path / "out")
    assert ids(tmp_path / "out") == [BASE, 2 * BASE]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    made = filled.rows("select snapshot, hash, sql from slices")[0]
    assert manifest.pop("created").startswith("20")
    assert manifest.pop("tool").startswith("oda-lake ")
    content, card = ((tmp_path / "out" / name).read_bytes() for name in ("data.jsonl", "README.md"))
    assert manifest == {
        "subject": "best",
        "kind": "slice",
        "format": "jsonl",
        "snapshot": made[0],
        "slice": {"sql": made[2], "parameters": {"least": 6.0}, "hash": made[1], "snapshot": made[0]},
        "datasets": [
            {"dataset": "math", "license": "MIT", "domains": None, "source": None, "revision": None, "rows": 1},
            {"dataset": "chat", "license": "CC BY 4.0", "domains": None, "source": None, "revision": None, "rows": 1},
        ],
        "rows": 2,
        "skipped": {"rows": 0, "reasons": {}},
        "not_carried": {},
        "axes": [
            {
                "name": "mtld",
                "scorer_version": "1",
                "n": 2,
                "p05": pytest.approx(7.1),
                "p95": pytest.approx(8.9),
                "calibration": None,
            }
        ],
        "data": {"data.jsonl": 2},
        "files": [
            {"file": "README.md", "bytes": len(card), "sha256": hashlib.sha256(card).hexdigest()},
            {"file": "data.jsonl", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
        ],
    }
    assert report.as_dict()["rows"] == 2
    assert report.manifest_hash == hashlib.sha256((tmp_path / "out" / "manifest.json").read_bytes()).hexdigest()


def test_an_export_is_recorded(filled: Lake, tmp_path: Path) -> None:
    report = export(filled, "math", to="alpaca", out=tmp_path / "out")
    recorded = filled.rows("select subject, format, path, snapshot, rows, skipped, manifest_hash from exports")
    assert recorded == [("math", "alpaca", str(tmp_path / "out"), report.snapshot, 2, 1, report.manifest_hash)]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "README.md", "data.jsonl", "manifest.json", "skipped.jsonl",
    ]  # fmt: skip


def test_axes_without_a_value_here_are_left_out(filled: Lake, tmp_path: Path) -> None:
    put(filled, "other", [Sample("x", "y")], scores={"ppl": [1.0]})
    export(filled, "math", to="jsonl", out=tmp_path / "out")
    assert json.loads((tmp_path / "out" / "data.jsonl").read_text().splitlines()[0])["scores"] == {"mtld": 9.0}


def test_not_a_number_becomes_null(filled: Lake, tmp_path: Path) -> None:
    put(filled, "other", [Sample("x", "y"), Sample("x", "z")], scores={"mtld": [float("nan"), float("inf")]})
    put(filled, "more", [Sample("x", "y")], scores={"mtld": [1.0]})
    create_slice(filled, "both", "select sample_id from samples where dataset in ('other', 'more')")
    export(filled, "both", to="jsonl", out=tmp_path / "out")
    lines = (tmp_path / "out" / "data.jsonl").read_text().splitlines()
    assert [json.loads(line)["scores"]["mtld"] for line in lines] == [None, None, 1.0]


def test_a_slice_is_read_at_its_own_snapshot(filled: Lake, tmp_path: Path) -> None:
    filled.transact(lambda c: c.execute("update samples set response = 'changed'"), message="change")
    export(filled, "best", to="alpaca", out=tmp_path / "then")
    assert "changed" not in (tmp_path / "then" / "data.jsonl").read_text()
    report = export(filled, "best", to="alpaca", out=tmp_path / "now", at=filled.snapshot)
    assert (tmp_path / "now" / "data.jsonl").read_text().count("changed") == 2
    manifest = json.loads((tmp_path / "now" / "manifest.json").read_bytes())
    assert manifest["snapshot"] == report.snapshot > manifest["slice"]["snapshot"]


def test_a_dataset_at_a_snapshot(filled: Lake, tmp_path: Path) -> None:
    before = filled.snapshot
    filled.transact(lambda c: c.execute("delete from samples where row_no > 0"), message="shrink")
    assert export(filled, "math", to="jsonl", out=tmp_path / "now").rows == 1
    assert export(filled, "math", to="jsonl", out=tmp_path / "then", at=before).rows == 3
    with pytest.raises(UnknownNameError, match="Unknown dataset at snapshot 1 'math'"):
        export(filled, "math", to="jsonl", out=tmp_path / "never", at=1)


def test_members_that_are_gone_are_named(filled: Lake, tmp_path: Path) -> None:
    filled.transact(lambda c: c.execute("delete from samples where dataset = 'chat'"), message="drop chat")
    with pytest.raises(
        UsageError, match=rf"1 of 2 members of slice 'best' at snapshot \d+ are not in the lake: {2 * BASE}"
    ):
        export(filled, "best", to="jsonl", out=tmp_path / "out", at=filled.snapshot)


def test_members_with_other_content_at_another_snapshot_are_refused(filled: Lake, tmp_path: Path) -> None:
    filled.transact(lambda c: c.execute("update samples set content_id = uuid() where row_no = 0"), message="change")
    with pytest.raises(UsageError, match="2 of 2 members of slice 'best' at snapshot"):
        export(filled, "best", to="jsonl", out=tmp_path / "out", at=filled.snapshot)


def test_a_stale_snapshot(filled: Lake, tmp_path: Path) -> None:
    put(filled, "more", [Sample("x", "y")])
    time.sleep(0.05)
    filled.compact(expire_older_than="10 milliseconds")
    with pytest.raises(UsageError, match=r"Slice 'best' was made at snapshot \d+, which has expired"):
        export(filled, "best", to="jsonl", out=tmp_path / "out")
    assert export(filled, "best", to="jsonl", out=tmp_path / "out", at=filled.snapshot).rows == 2
    with pytest.raises(UsageError, match="There is no snapshot 2"):
        export(filled, "math", to="jsonl", out=tmp_path / "other", at=2)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("bset", "Did you mean best"),
        ("slice:math", "Unknown slice 'math'"),
        ("dataset:best", "Unknown dataset 'best'"),
        ("../x", r"Unknown slice or dataset '\.\./x'"),
        ("x' or 1=1 --", "Unknown slice or dataset"),
        ("", "Unknown slice or dataset ''"),
    ],
)
def test_unknown_subjects(shared: Lake, tmp_path: Path, subject: str, message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        export(shared, subject, to="jsonl", out=tmp_path / "out")


def test_an_ambiguous_subject_needs_its_kind(filled: Lake, tmp_path: Path) -> None:
    put(filled, "best", [Sample("x", "y")])
    with pytest.raises(UsageError, match="There are a slice and a dataset 'best'"):
        export(filled, "best", to="jsonl", out=tmp_path / "out")
    assert export(filled, "dataset:best", to="jsonl", out=tmp_path / "one").rows == 1
    assert export(filled, "slice:best", to="jsonl", out=tmp_path / "two").rows == 2


def test_an_unknown_format(shared: Lake, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean alpaca"):
        export(shared, "math", to="alpacca", out=tmp_path / "out")


def test_nothing_to_export(filled: Lake, tmp_path: Path) -> None:
    create_slice(filled, "none", "select sample_id from samples where false")
    with pytest.raises(UsageError, match="There is nothing to export: the slice 'none'"):
        export(filled, "none", to="parquet", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_not_overwritten(filled: Lake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    export(filled, "math", to="jsonl", out=out)  # an empty folder is no obstacle
    with pytest.raises(UsageError, match="is not empty"):
        export(filled, "best", to="parquet", out=out)
    assert ids(out) == [BASE, BASE + 1, BASE + 2]
    export(filled, "best", to="parquet", out=out, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "data-00000.parquet", "manifest.json"]


def test_only_an_export_is_overwritten(shared: Lake, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="holds no export"):
        export(shared, "math", to="jsonl", out=tmp_path, overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    with pytest.raises(UsageError, match="is a file; an export is a folder"):
        export(shared, "math", to="jsonl", out=tmp_path / "thesis.tex", overwrite=True)


def test_not_into_the_files_of_the_lake(shared: Lake) -> None:
    with pytest.raises(UsageError, match="lies in the files of the lake"):
        export(shared, "math", to="jsonl", out=Path(shared.settings.files) / "main" / "out")


def test_not_from_a_lake_open_for_reading(template: Path, tmp_path: Path) -> None:
    with (
        Lake.open(Settings.load(home=template), read_only=True) as lake,
        pytest.raises(UsageError, match="reading only"),
    ):
        export(lake, "math", to="jsonl", out=tmp_path / "out")


def test_an_export_its_reader_misreads_is_refused_and_leaves_nothing(filled: Lake, tmp_path: Path) -> None:
    # `datasets` takes a column of such texts for timestamps.
    put(filled, "dates", [Sample("When?", "2020-01-01")])
    with pytest.raises(ExportError) as caught:
        export(filled, "dates", to="alpaca", out=tmp_path / "out" / "dates")
    assert "row 0 of data.jsonl differs in 'output': wrote \"2020-01-01\", read" in caught.value.message
    assert list((tmp_path / "out").iterdir()) == []
    assert filled.rows("select count(*) from exports") == [(0,)]
    assert export(filled, "dates", to="parquet", out=tmp_path / "out" / "dates").rows == 1


@pytest.mark.parametrize(
    "to", ["parquet", "jsonl", "alpaca", "sharegpt", "openai", "llamafactory", "huggingface", "oda"]
)
def test_a_disk_that_refuses_leaves_what_was_there(filled: Lake, tmp_path: Path, to: str) -> None:
    out = tmp_path / "exports" / "out"
    export(filled, "math", to="jsonl", out=out)
    noise = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(2000))
    put(filled, "long", [Sample(noise[:-n], noise[n:]) for n in range(1, 9)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (100_000, hard)
    )  # bytes a file may have: the write fails as on a full disk
    try:
        with pytest.raises(StorageError, match="Cannot write"):
            export(filled, "long", to=to, out=out, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ids(out) == [BASE, BASE + 1, BASE + 2]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_what_a_killed_export_left_is_removed_by_the_next(filled: Lake, tmp_path: Path) -> None:
    killed = "import os, signal, sys; from pathlib import Path; from pipelines.exporting.folder import made_whole\n"
    killed += "with made_whole(Path(sys.argv[1])) as (folder, scratch):\n"
    killed += "    (folder / 'data').write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", killed, str(tmp_path / "out")], check=False)
    assert len(list(tmp_path.glob(".out.*"))) == 1
    with made_whole(tmp_path / "out") as (folder, _):
        (folder / "mine").write_text("at work")  # another export that is alive keeps its folder
        export(filled, "math", to="jsonl", out=tmp_path / "out2")
        export(filled, "math", to="jsonl", out=tmp_path / "other" / "out")
        with made_whole(tmp_path / "out"):
            assert (folder / "mine").read_text() == "at work"
            assert len(list(tmp_path.glob(".out.*"))) == 2
        shutil.rmtree(tmp_path / "out")
    assert [path.name for path in tmp_path.glob("*out")] == ["out"]
    assert (tmp_path / "out" / "mine").read_text() == "at work"


def test_samples_come_in_order_however_small_the_windows(
    filled: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.exporting.source.WINDOW_BYTES", 1)
    create_slice(filled, "all", "select sample_id, row_no + 1 as weight from samples")
    export(filled, "all", to="jsonl", out=tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out" / "data.jsonl").read_text().splitlines()]
    assert [(line["sample_id"] - BASE, line["weight"], line["scores"]["mtld"]) for line in lines] == [
        (0, 1.0, 9.0), (1, 2.0, 1.0), (2, 3.0, 5.0), (BASE, 1.0, 7.0),
    ]  # fmt: skip


def test_progress_is_told_of_every_row(filled: Lake, tmp_path: Path) -> None:
    told: list[object] = []

    class Told:
        def start(self, label: str, total: float | None, unit: str = "rows") -> None:
            told.append((label, total, unit))

        def advance(self, amount: float) -> None:
            told.append(amount)

        def finish(self) -> None:
            told.append("finish")

    export(filled, "math", to="jsonl", out=tmp_path / "out", progress=Told())
    assert told == [("export math", 3, "rows"), 3, "finish"]


def test_errors_are_for_users(shared: Lake, tmp_path: Path) -> None:
    with pytest.raises(OdaError) as caught:
        export(shared, "nothing-like-it", to="jsonl", out=tmp_path / "out")
    assert caught.value.hint == "Available (3): best, chat, math."
