"""`oda ui`: the Dagster UI as a process, spoken to as a browser does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_process import ROOT, Oda, command

from lake.catalog import Lake
from lake.settings import Settings

BACKFILL = """
mutation($what: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $what) { __typename ... on PythonError { message } }
}
"""

ADD = """
mutation($where: RepositorySelector!, $partitionsDefName: String!, $partitionKey: String!) {
  addDynamicPartition(repositorySelector: $where, partitionsDefName: $partitionsDefName, partitionKey: $partitionKey) {
    __typename
  }
}
"""


@dataclass(frozen=True)
class Ui:
    """A served UI."""

    url: str
    process: subprocess.Popen[bytes]

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What a path answers; an error of the server is an answer too."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)


DEAF = ["sh", "-c", "trap '' INT TERM HUP; exec \"$@\"", "sh"]
"""What starts the UI: deaf to the signals that shall end it, as a shell starts what it runs in the background."""


@contextlib.contextmanager
def begun(home: Path) -> Iterator[Ui]:
    """A UI that begins to start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*DEAF, *command("ui", "--port", str(port), "--home", home, "--json")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    served = Ui(f"http://127.0.0.1:{port}", server)
    try:
        yield served
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)  # with what it started
            server.wait()


def wait_for(ui: Ui, what: Callable[[], bool]) -> None:
    """Wait until that is so, while the UI lives."""
    deadline = time.monotonic() + 120
    while not what():
        assert ui.process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    """A UI that answers."""
    with begun(home) as served:
        wait_for(served, lambda: listening(served))
        yield served


def listening(ui: Ui) -> bool:
    try:
        return "dagster_version" in ui.ask("/server_info")
    except OSError:
        return False


def test_a_port_that_is_taken_is_refused(oda: Oda, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = oda("ui", "--port", str(port), "--home", home)
    assert (ran.status, f"oda ui --port {port + 1}" in ran.err) == (2, True)


def serving(home: Path) -> list[str]:
    """The processes that were started for this lake: the UI gives them its home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"ODA_HOME={home.resolve()}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(entry.name)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_started_deaf_it_makes_and_writes_slices_at_once_until_ctrl_c_ends_all_it_started(
    oda: Oda, home: Path, ui: Ui
) -> None:
    where = {"repositoryName": "__repository__", "repositoryLocationName": "dagster_project.definitions"}
    for name, most in (("short", 17), ("long", 99)):
        sql = f"select sample_id from samples where length(instruction) <= {most}"
        assert oda("slice", "create", name, "--sql", sql, "--home", home).status == 0
        partition = {"partitionKey": name, "partitionsDefName": "slices"}
        # Refused where the sensor saw the slice first, which is as well.
        ui.ask("/graphql", {"query": ADD, "variables": {"where": where, **partition}})
    assets = [{"path": ["slices"]}, {"path": ["exports"]}]
    what = {"assetSelection": assets, "partitionNames": ["short", "long"]}
    launched = ui.ask("/graphql", {"query": BACKFILL, "variables": {"what": what}})
    assert launched["data"]["launchPartitionBackfill"] == {"__typename": "LaunchBackfillSuccess"}
    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        while len(lake.rows("from exports")) < 2:
            assert ui.process.poll() is None
            time.sleep(0.5)
        assert lake.rows("select subject, rows from exports order by all") == [("long", 120), ("short", 10)]
    assert len(serving(home)) >= 3  # Dagster, its server, its daemon
    ui.process.send_signal(signal.SIGINT)
    out, _ = ui.process.communicate(timeout=120)
    assert (ui.process.returncode, serving(home)) == (0, [])
    assert json.loads(out)["url"] == ui.url
    assert (home / "dagster" / "dagster.yaml").is_file()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_started_deaf_it_can_be_ended_with_all_it_started(home: Path, ui: Ui) -> None:
    assert len(serving(home)) >= 3
    ui.process.send_signal(signal.SIGTERM)
    ui.process.communicate(timeout=120)
    assert (ui.process.returncode, serving(home)) == (0, [])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_second_signal_ends_it_at_once_with_all_it_started(home: Path) -> None:
    with begun(home) as ui:
        wait_for(ui, lambda: len(serving(home)) >= 3)
        ui.process.send_signal(signal.SIGINT)
        ui.process.send_signal(signal.SIGTERM)
        ui.process.communicate(timeout=60)
        assert (ui.process.returncode, serving(home)) == (0, [])
