"""Concurrent and overtaken scoring ends with the same table as scoring undisturbed."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import fresh
from programs import Programs
from scoring_lake import fill, scores

from lake.catalog import Connection, Lake
from lake.errors import StorageError
from lake.settings import Settings
from pipelines.deriving.engine import DerivationEngine
from pipelines.score import score
from pipelines.scoring.wide import refresh_scored, stale_axes
from scorers.catalogue import find

PAIRS: list[tuple[str | None, str | None]] = [
    (f"Question {n % 97}: what about it?", " ".join(f"word{(n * k) % 31}" for k in range(60))) for n in range(900)
]
AXES = ["hdd", "mtld", "str_length"]


def begin(home: Path, gate: Path, arguments: dict[str, Any]) -> None:
    """Score once both programs have opened the lake."""
    with Lake.open(Settings.load(home=home, threads=2, memory_limit="1GB")) as lake:
        (gate / str(os.getpid())).touch()
        while len(list(gate.iterdir())) < 2:
            time.sleep(0.005)
        score(lake, **arguments)


def at_once(home: Path, gate: Path, *arguments: dict[str, Any]) -> list[int | None]:
    """The exit codes of two programs that score."""
    gate.mkdir()
    given = [(home, gate, each) for each in arguments]
    return Programs(begin, given, load=("pandas", "pipelines.score", "scorers.kernels.diversity")).exit_codes()


def everything(lake: Lake) -> tuple[object, ...]:
    wide = lake.rows("select sample_id, dataset, hdd, mtld, str_length from scored_axes order by sample_id")
    return scores(lake), wide, lake.rows("select column_name from (describe scored_axes) order by 1")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    with fresh(tmp_path_factory.mktemp("calm") / "home", threads=2) as calm:
        fill(calm, "chat", PAIRS)
        score(calm, axes=AXES)
        return everything(calm)


@pytest.mark.parametrize(
    "shares",
    [
        [{"axes": ["hdd", "str_length"]}, {"axes": ["mtld"]}],
        [{"axes": AXES}, {"axes": AXES}],
    ],
    ids=["different axes", "the same axes"],
)
def test_two_scorers_of_one_dataset_at_once(
    tmp_path: Path,
    undisturbed: tuple[object, ...],
    shares: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "shared"
    with fresh(home) as lake:
        fill(lake, "chat", PAIRS)
    given = [{"datasets": ["chat"], "chunk_rows": 300, **share} for share in shares]
    assert at_once(home, tmp_path / "gate", *given) == [0, 0]
    assert capfd.readouterr() == ("", "")
    with Lake.open(Settings.load(home=home)) as lake:
        assert everything(lake) == undisturbed


def test_two_datasets_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "shared"
    with fresh(home) as lake:
        fill(lake, "one", PAIRS[:600], number=1)
        fill(lake, "two", PAIRS[300:900], number=2)  # half of the contents are shared
    given = [{"datasets": [name], "axes": AXES, "chunk_rows": 200} for name in ("one", "two")]
    assert at_once(home, tmp_path / "gate", *given) == [0, 0]
    assert capfd.readouterr() == ("", "")
    with Lake.open(Settings.load(home=home)) as lake:
        assert len(scores(lake)) == 1200 * 3
        pairs = lake.rows(
            "select count(distinct (hdd, mtld, str_length)), count(*) from scored "
            "group by content_id having count(*) > 1"
        )
        assert pairs == [(1, 2)] * 300
        assert stale_axes(lake.connection, ["one", "two"]) == {}


@pytest.mark.parametrize(
    ("replacement", "lengths"),
    [([("longer", "text"), ("cc", "d")], [11.0, 4.0]), ([("cc", "d"), ("a", "b")], [4.0, 3.0])],
    ids=["another text", "swapped texts"],
)
def test_a_window_that_changes_while_it_is_scored_is_scored_again(
    lake: Lake,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    replacement: list[tuple[str | None, str | None]],
    lengths: list[float],
) -> None:
    """Another writer replaces the texts between reading and committing: no score of the old text survives."""
    fill(lake, "chat", [("a", "b"), ("cc", "d")])
    original, overtaken = DerivationEngine._commit, []

    def commit(self: DerivationEngine, *given: Any) -> Any:
        if not overtaken:
            overtaken.append(True)
            with Lake.open(settings) as other:

                def replace(connection: Connection) -> None:
                    connection.execute("delete from samples")
                    connection.execute("delete from datasets")

                other.transact(replace, message="drop")
                fill(other, "chat", replacement)
        return original(self, *given)

    monkeypatch.setattr(DerivationEngine, "_commit", commit)
    score(lake, axes=["str_length"])
    assert [row[3] for row in scores(lake)] == lengths


def test_a_killed_refresh_is_made_good(lake: Lake) -> None:
    fill(lake, "chat", PAIRS[:50])
    score(lake, axes=["str_length"])
    right = lake.rows("select * from scored_axes order by sample_id")
    lake.transact(lambda c: c.execute("delete from scored_axes where sample_id % 3 = 0") and None, message="damage")
    assert stale_axes(lake.connection, ["chat"]) == {"chat": ["str_length"]}
    assert score(lake, axes=["str_length"]).refreshed == ("chat",)
    assert lake.rows("select * from scored_axes order by sample_id") == right
    lake.transact(lambda c: c.execute("update scored_axes set str_length = str_length + 1") and None, message="damage")
    assert refresh_scored(lake, ["chat"]) == ["chat"]
    assert lake.rows("select * from scored_axes order by sample_id") == right
    assert refresh_scored(lake, ["chat"]) == []


def test_an_interrupted_scorer_leaves_what_was_committed(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "stops.py").write_text(
        "from scorers.batch import Batch, Column\n"
        "from scorers.spec import Axis, Scorer, Settings\n"
        "SCORER = Scorer(name='stops', version='1', axes=(Axis('stops', 'a test axis'),))\n"
        "def score(batch: Batch, settings: Settings) -> dict[str, Column]:\n"
        "    if 'stop' in batch.column('response').to_pylist():\n"
        "        raise KeyboardInterrupt\n"
        "    return {'stops': Column.of([1.0] * len(batch))}\n"
    )
    fill(lake, "chat", [("a", "b"), ("c", "d"), ("e", "stop"), ("f", "g")])
    with pytest.raises(KeyboardInterrupt):
        score(lake, axes=["stops"], scorers=find([tmp_path / "mine"]), chunk_rows=2)
    assert [row[0] - 2**32 for row in scores(lake)] == [0, 1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_clear_error_and_the_next_run_goes_on(small_disk: Path) -> None:
    filler = small_disk / "filler"
    chance = random.Random(5)
    pairs: list[tuple[str | None, str | None]] = [
        (f"Question {n}", " ".join(chance.choices("abcdefghijklmnopqrst", k=30))) for n in range(40_000)
    ]
    with fresh(small_disk / "home", threads=2) as lake:
        fill(lake, "chat", pairs)
        score(lake, axes=["str_length"])
        with filler.open("wb", buffering=0) as handle, contextlib.suppress(OSError):
            while handle.write(bytes(4096)) == 4096:
                pass
        with pytest.raises(StorageError, match="The disk of .* is full"):  # not even the catalogue can be read
            score(lake, axes=AXES)
        os.truncate(filler, filler.stat().st_size - 200_000)  # a score file takes about this much
        with pytest.raises(StorageError, match="The disk of .* is full"):
            score(lake, axes=AXES)
        assert lake.rows("select axis, count(*) from scores group by axis") == [("str_length", 40_000)]
        assert len(list(small_disk.glob("home/files/main/scores/*/*.parquet"))) == 1  # the one committed
        filler.unlink()
        score(lake, axes=AXES)
        assert lake.rows("select axis, count(distinct sample_id), count(*) from scores group by axis order by 1") == [
            (axis, 40_000, 40_000) for axis in AXES
        ]
        assert stale_axes(lake.connection, ["chat"]) == {}
