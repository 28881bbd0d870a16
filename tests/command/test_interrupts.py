"""Ctrl-C and SIGTERM wherever they fall: the status that says so, soon, with nothing left running and a whole lake."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warm_oda
from command_process import ROOT, command
from lakes import filled

from lake.catalog import Lake
from lake.settings import Settings

LONG = {
    "ingest": ["ingest", "{sums}", "--name", "again"],
    "embed": ["embed", "sums"],
    "score": ["score", "sums", "--axes", "hdd,mtld,str_length"],
    "dedup": ["dedup"],
    "slice create": ["slice", "create", "few", "--sql", "select sample_id from samples where length(instruction) < 17"],
    "export": ["export", "sums", "--to", "parquet", "--output", "{home}-export"],
    "compact": ["compact"],
    "profile": ["profile", "sums"],
    "sql": ["sql", "select sum(hash(i)) from range(30000000) r(i)"],
}


def hears(process: int) -> bool:
    """Whether the program has begun to hear SIGTERM, by which time it hears every signal."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


class Run:
    """A run of the command that hears signals; before that, Python itself ends without a lake being touched."""

    def __init__(self, arguments: list[str], folder: Path, *, warm: bool) -> None:
        self._errors = folder / "errors"
        with (folder / "out").open("w") as out, self._errors.open("w") as errors, Path(os.devnull).open() as empty:
            self._process: subprocess.Popen[bytes] | warm_oda.Run
            if warm:
                streams = (empty.fileno(), out.fileno(), errors.fileno())
                self._process = warm_oda.Run(arguments, streams, str(ROOT))
            else:
                self._process = subprocess.Popen(
                    command(*arguments), cwd=ROOT, stdin=empty, stdout=out, stderr=errors, start_new_session=True
                )
        self.pid = self._process.pid
        while not hears(self.pid):
            time.sleep(0.002)

    def ended(self) -> tuple[int, str]:
        """The exit status and what was said on standard error."""
        return self._process.wait(), self._errors.read_text()


def running(session: int) -> list[str]:
    """The processes of a session that are no corpses."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, owner = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(owner) == session and state != "Z":
            found.append(entry.name)
    return found


def assert_whole(home: Path) -> None:
    """Every table can be read to its end, and holds what the datasets say."""
    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        lake.rows(" union all ".join(f'select count(hash(t)) from "{table}" as t' for table in filled(lake)))
        stored = dict(lake.rows("select dataset, count(*) from samples group by all"))
        assert dict(lake.rows("select dataset, rows from datasets")) == stored
        assert set(lake.rows("select distinct count(*) from scores group by axis, dataset")) == {(120,)}


class Interrupts:
    """Interrupts a command at points spread over its first three seconds or its whole run."""

    def __init__(self, name: str, template: Path, sums: Path, folder: Path) -> None:
        self._name, self._template, self._sums, self._folder = name, template, sums, folder
        self._homes = 0

    def _home(self) -> tuple[Path, list[str]]:
        self._homes += 1
        place = self._folder / f"home{self._homes}"
        shutil.copytree(self._template, place)
        return place, [*(part.format(sums=self._sums, home=place) for part in LONG[self._name]), "--home", str(place)]

    def takes(self) -> float:
        """Seconds of an undisturbed run with everything loaded."""
        for _ in range(2):  # the server learns from the first what to load
            run = Run(self._home()[1], self._folder, warm=True)
            beginning = time.monotonic()
            status, errors = run.ended()
            seconds = time.monotonic() - beginning
            assert status == 0, errors
        return seconds

    def points(self, count: int, span: float, *, warm: bool) -> int:
        """Interrupt so many runs; how many of them it stopped. One that is not warm begins as the program does."""
        stopped = 0
        for point in range(1, count + 1):
            place, arguments = self._home()
            run = Run(arguments, self._folder, warm=warm)
            time.sleep(min(3.0, span) * (point - random.random()) / count)
            kind = signal.SIGTERM if point % 5 == 0 else signal.SIGINT
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.pid, kind)
            status, errors = run.ended()
            word = "Interrupted." if kind == signal.SIGINT else "Terminated."
            assert "Traceback" not in errors, errors
            assert (status, word in errors) in ((128 + kind, True), (0, False)), errors
            stopped += status != 0
            deadline = time.monotonic() + 30
            while running(run.pid):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert_whole(place)
            shutil.rmtree(place)
        return stopped


@pytest.fixture(scope="module")
def loading(template: Path) -> float:
    """Seconds that a run takes to load what every run loads."""
    beginning = time.monotonic()
    subprocess.run(command("datasets", "--home", template), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - beginning


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", LONG)
def test_interrupts(
    name: str,
    template: Path,
    sums: Path,
    tmp_path: Path,
    loading: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ODA_THREADS")  # as many as there are cores: their ends are interrupted, too
    interrupts = Interrupts(name, template, sums, tmp_path)
    span = interrupts.takes()
    # Every run of `embed` loads its model again.
    stopped = interrupts.points(2 if name == "embed" else 6, span, warm=True)
    stopped += interrupts.points(1, loading + span, warm=False)
    assert stopped  # how many is for the machine to say: points are drawn, and it may be busy


LISTENING = """
import os, signal, sys, time
from pipelines.command import interrupts
interrupts.PATIENCE = float(os.environ.get("PATIENCE", "60"))
interrupts.listen()
"""


def listening(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LISTENING + program],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_interrupt_within_an_import_comes_after_it(tmp_path: Path) -> None:
    """Libraries forget exceptions in their imports, and Python's import lock can stay locked for ever."""
    (tmp_path / "forgetful.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    for _ in range(100): pass\nexcept: pass\n"
    )
    ran = listening(
        f"sys.path.append({str(tmp_path)!r})\n"
        "try:\n    import forgetful\n    time.sleep(30)\nexcept KeyboardInterrupt: print('forgetful' in sys.modules)\n"
    )
    assert (ran.stdout, ran.stderr) == ("True\n", "")


def test_an_import_that_takes_long_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(50)\n")
    ran = listening(f"sys.path.append({str(tmp_path)!r})\nimport slow\n")
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (130, "Error: Interrupted.")


def test_an_interrupt_that_python_forgets_comes_again() -> None:
    ran = listening(
        "class Last:\n    def __del__(self):\n        os.kill(os.getpid(), signal.SIGINT)\n        time.sleep(0)\n"
        "try:\n    Last()\n    time.sleep(30)\nexcept KeyboardInterrupt: print('heard')\n"
    )
    assert (ran.stdout, ran.stderr) == ("heard\n", "")


DEAF = "while True:\n    try:\n        {signals}\n        time.sleep(100)\n    except BaseException: pass\n"


def test_a_program_that_forgets_the_interrupt_is_ended() -> None:
    ran = listening(
        DEAF.format(signals="signal.raise_signal(signal.SIGTERM) if 'x' not in globals() else 0; x = 1"), PATIENCE="0.5"
    )
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (143, "Error: Terminated.")


def test_the_second_interrupt_ends_at_once() -> None:
    ran = listening(DEAF.format(signals="signal.raise_signal(signal.SIGINT)"))
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (130, "Error: Interrupted.")


def test_a_signal_ignored_from_the_start_stays_ignored() -> None:
    ignored = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    program = "signal.raise_signal(signal.SIGINT); print('goes on')\n"
    ran = subprocess.run(
        [sys.executable, "-c", "import signal\n" + ignored + LISTENING + program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (0, "goes on\n")
