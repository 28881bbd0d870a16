"""Whatever interrupts an ingest, the lake holds whole datasets and running it again completes the work."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lakes import lay
from programs import Programs

from lake.catalog import Lake
from lake.errors import SourceError, StorageError
from lake.files import inventory
from lake.settings import Settings
from pipelines.ingest import ingest

INGEST = (
    "import sys; from lake.catalog import Lake; from lake.settings import Settings; from pipelines.ingesting import budget, run\n"
    "from pipelines.ingest import ingest\n"
    "run.ALONE_BYTES = 0; budget._LARGEST_INLINE = 1 << 20\n"
    "if __name__ == '__main__':\n"
    "    with Lake.open(Settings.load(home=sys.argv[1], threads=2)) as lake:\n"
    "        print('begun', flush=True)\n"
    "        print(ingest(lake, sys.argv[2]).status, flush=True)\n"
)


def big_source(path: Path, thousands: int = 60) -> Path:
    """So many times the same thousand rows, one of which is broken."""
    lines = [json.dumps({"question": f"q{number} " + "x" * 300, "answer": "a"}) for number in range(1000)]
    lines[7] = "broken"
    path.write_text(("\n".join(lines) + "\n") * thousands)
    return path


def children(pid: int) -> list[str]:
    """The processes that a program's main thread has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def command_of(pid: str) -> bytes:
    """Nothing where the process has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.fixture
def program(settings: Settings, tmp_path: Path) -> Path:
    lay(settings.home)
    path = tmp_path / "ingest_program.py"
    path.write_text(INGEST)
    return path


def consistent(settings: Settings) -> int:
    """Samples in the lake, after checking that what `datasets` says is what there is."""
    with Lake.open(settings) as lake:
        counted = lake.rows(
            "select (select count(*) from samples), (select count(*) from rejects), "
            "(select coalesce(sum(rows), 0) from datasets), (select coalesce(sum(rejected), 0) from datasets)"
        )[0]
        assert counted[0] == counted[2]
        assert counted[1] == counted[3]
        return int(counted[0])


def test_killed_at_random_points_then_run_again(settings: Settings, tmp_path: Path, program: Path):
    source = big_source(tmp_path / "big.jsonl")
    chosen = random.Random(5)
    for _ in range(4):
        running = subprocess.Popen(
            [sys.executable, str(program), str(settings.home), str(source)], stdout=subprocess.PIPE
        )
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(chosen.uniform(0.1, 4.0))
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        assert consistent(settings) in (0, 59_940)
    done = subprocess.run(
        [sys.executable, str(program), str(settings.home), str(source)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[1] in ("ingested", "unchanged")
    assert consistent(settings) == 59_940
    with Lake.open(settings) as lake:
        assert lake.rows("select count(distinct sample_id), count(distinct row_no) from samples") == [(59_940, 59_940)]


def test_workers_end_with_their_parent(settings: Settings, tmp_path: Path, program: Path):
    source = big_source(tmp_path / "big.jsonl", 400)
    running = subprocess.Popen([sys.executable, str(program), str(settings.home), str(source)], stdout=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.readline()
    workers: list[str] = []
    for _ in range(200):
        time.sleep(0.05)
        workers = children(running.pid)
        if len(workers) >= 3:  # two workers and the resource tracker of multiprocessing
            break
    assert len(workers) >= 3
    time.sleep(1.0)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    for _ in range(50):
        time.sleep(0.1)
        if not any(map(command_of, workers)):
            break
    else:
        pytest.fail("worker processes outlive their parent")


def test_ctrl_c_leaves_no_staged_files(settings: Settings, tmp_path: Path, program: Path):
    source = big_source(tmp_path / "big.jsonl", 100)
    running = subprocess.Popen(
        [sys.executable, str(program), str(settings.home), str(source)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    running.stdout.readline()
    staged = settings.home / "files/main/samples/dataset=big"
    for _ in range(200):
        time.sleep(0.05)
        if staged.is_dir() and any(staged.iterdir()):
            break
    running.send_signal(signal.SIGINT)
    running.wait(300)
    assert running.returncode != 0
    assert consistent(settings) == 0
    assert list(staged.iterdir()) == []


def test_ctrl_c_at_a_terminal_is_heard_by_the_parent_alone(settings: Settings, tmp_path: Path, program: Path):
    source = big_source(tmp_path / "big.jsonl", 100)
    running = subprocess.Popen(
        [sys.executable, str(program), str(settings.home), str(source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not any(b"spawn_main" in command_of(child) for child in children(running.pid)):
        assert running.poll() is None
        time.sleep(0.01)
    time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)  # workers are loading, and would die of it with a traceback each
    _, errors = running.communicate(timeout=120)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"
    assert errors.count("Traceback") == 1
    assert consistent(settings) == 0


def take_in(home: Path, source: Path) -> None:
    with Lake.open(Settings.load(home=home, threads=2), create=True) as lake:
        ingest(lake, source)


def test_four_ingests_at_once(settings: Settings, tmp_path: Path):
    sources = [tmp_path / f"set{number}.jsonl" for number in range(4)]
    for number, source in enumerate(sources):
        rows = ({"question": f"{number}-{row}", "answer": "a"} for row in range(500))
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    programs = Programs(take_in, [(settings.home, source) for source in sources], load=("pipelines.ingest",))
    assert programs.exit_codes() == [0, 0, 0, 0]
    assert consistent(settings) == 2000
    with Lake.open(settings) as lake:
        assert lake.rows("select count(distinct dataset_no), count(*) from datasets") == [(4, 4)]
        assert lake.rows("select count(distinct sample_id) from samples") == [(2000,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_a_clear_error_and_loses_nothing(small_disk: Path, tmp_path: Path):
    settings = Settings.load(home=lay(small_disk / "home"), threads=2)
    with Lake.open(settings) as lake:
        small = tmp_path / "small.jsonl"
        small.write_text('{"question": "q", "answer": "a"}\n')
        ingest(lake, small)
        noise = random.Random(1)
        large = tmp_path / "large.jsonl"
        with large.open("w") as handle:
            for _ in range(15_000):
                handle.write(json.dumps({"question": noise.randbytes(2000).hex(), "answer": "a"}) + "\n")
        with pytest.raises(StorageError, match="The disk of .* is full") as caught:
            ingest(lake, large)
        assert "Nothing was changed" in caught.value.hint or "intact" in caught.value.hint
        staged = settings.home / "files/main/samples/dataset=large"
        assert list(staged.iterdir()) == []
    assert consistent(settings) == 1
    with Lake.open(settings) as lake:
        large.write_text('{"question": "fits", "answer": "a"}\n')
        assert ingest(lake, large).samples == 1


AS_NOBODY = """
import os, sys
from lake.catalog import Lake
from lake.errors import OdaError
from lake.settings import Settings
from pipelines.ingest import ingest

def attempt(home, source):
    try:
        with Lake.open(Settings.load(home=home, threads=1), create=True) as lake:
            print(ingest(lake, source).status)
    except OdaError as error:
        print(type(error).__name__, error.message)

attempt(sys.argv[1] + "/first", sys.argv[1] + "/open.jsonl")  # loads everything while it may be read
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
attempt(sys.argv[1] + "/home", sys.argv[1] + "/open.jsonl")
attempt(sys.argv[1] + "/home", sys.argv[1] + "/secret.jsonl")
attempt(sys.argv[1] + "/locked/home", sys.argv[1] + "/open.jsonl")
"""


def test_no_permission_is_a_clear_error():
    folder = Path(tempfile.mkdtemp(prefix="oda-nobody-"))
    try:
        folder.chmod(0o777)
        for name, mode in (("open.jsonl", 0o644), ("secret.jsonl", 0)):
            (folder / name).write_text('{"question": "q", "answer": "a"}\n')
            (folder / name).chmod(mode)
        (folder / "locked").mkdir(mode=0o555)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, str(folder)], capture_output=True, text=True)
        lines = done.stdout.splitlines()
        assert done.returncode == 0, done.stderr
        assert lines[:2] == ["ingested", "ingested"]
        assert lines[2].startswith("SourceError Cannot read")
        assert "permission" in lines[2]
        assert lines[3].startswith("StorageError No permission to write")
        assert len(lines) == 4
    finally:
        (folder / "locked").chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.json", b'[{"instruction": "a", "output": "b"}, {"instr', "not valid JSON"),
        ("latin.json", '[{"instruction": "café", "output": "b"}]'.encode("latin-1"), "not valid UTF-8"),
        ("empty.jsonl", b"", "the file is empty"),
        ("garbage.jsonl", bytes(range(256)) * 20, "no record can be read"),
        ("garbage.parquet", bytes(range(256)) * 20, "not a readable Parquet file"),
        ("none.json", b"[]", "it holds no records"),
        ("numbers.json", b"[1, 2, 3]", "not objects"),
        ("nulls.jsonl", b'{"instruction": null, "output": null}\n' * 3, "instruction"),
    ],
)
def test_sources_that_cannot_be_read_leave_the_lake_as_it_was(
    lake: Lake, tmp_path: Path, name: str, content: bytes, reason: str
):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        ingest(lake, path)
    counts = "select (select count(*) from samples), (select count(*) from rejects), (select count(*) from datasets)"
    assert lake.rows(counts) == [(0, 0, 0)]
    assert inventory(lake.connection, lake.settings).unknown == ()


def test_a_folder_with_nothing_usable_says_what_would_be(lake: Lake, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "paper.pdf").write_bytes(b"%PDF")
    with pytest.raises(SourceError, match="folder") as caught:
        ingest(lake, folder)
    assert ".jsonl" in str(caught.value)


def test_hard_rows_arrive_whole(lake: Lake, tmp_path: Path):
    deep: object = "core"
    for _ in range(100):
        deep = {"a": deep}
    rows = [
        {"instruction": "nul \x00 inside", "output": "b"},
        {"instruction": "deep", "output": "b", "extra": deep},
        {"instruction": "wide " + "字" * 1_000_000, "output": "b"},
    ]
    path = tmp_path / "hard.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = ingest(lake, path)
    assert (report.samples, report.rejected) == (3, 0)
    assert lake.rows("select instruction from samples where row_no = 0") == [("nul \x00 inside",)]
    assert lake.rows("select length(instruction) from samples where row_no = 2") == [(1_000_005,)]
    meta = json.loads(lake.rows("select meta::varchar from samples where row_no = 1")[0][0])
    assert meta["extra"] == deep
