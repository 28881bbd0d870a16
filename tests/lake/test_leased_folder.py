"""Folders of one process: those of the living stay, those of the dead go with whoever comes next."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lake.leased_folder import LeasedFolder, left_over, remove_left_over

LIVE = """
import sys, time
from pathlib import Path
from lake.leased_folder import LeasedFolder
own = LeasedFolder(Path(sys.argv[1]))
(own.path / "file").write_text("x")
print(own.path.name, flush=True)
time.sleep(600)
"""


def test_a_folder_goes_with_its_owner(tmp_path: Path) -> None:
    parent = tmp_path / "scratch" / "staged"
    one, two = LeasedFolder(parent), LeasedFolder(parent)
    assert not parent.exists()
    assert one.path != two.path
    assert one.path == one.path
    (one.path / "deep").mkdir()
    assert remove_left_over(parent) == 0
    one.remove()
    one.remove()
    assert [path.name for path in parent.iterdir() if path.is_dir()] == [two.path.name]
    two.remove()
    assert not parent.exists()
    assert one.path.is_dir()
    one.remove()


def test_what_the_dead_leave_is_removed_and_what_the_living_have_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", LIVE, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert left_over(tmp_path) == []
        assert remove_left_over(tmp_path) == 0
        assert (tmp_path / name / "file").read_text() == "x"
        process.send_signal(signal.SIGKILL)
    (tmp_path / "samples").mkdir()  # as an earlier version left them
    (tmp_path / "samples" / "old.parquet").write_text("x")
    assert sorted(path.name for path in left_over(tmp_path)) == sorted([name, f"{name}.lock", "samples"])
    own = LeasedFolder(tmp_path)
    assert list(own.path.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([own.path.name, f"{own.path.name}.lock"])


def test_many_at_once_never_take_each_others_for_left_over(tmp_path: Path) -> None:
    def live(number: int) -> bool:
        own = LeasedFolder(tmp_path / "shared")
        (own.path / "file").write_text(str(number))
        whole = (own.path / "file").read_text() == str(number)
        own.remove()
        return whole

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(live, range(400))) == [True] * 400
    assert not (tmp_path / "shared").exists()
