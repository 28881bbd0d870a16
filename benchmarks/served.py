"""A served Dagster UI (`oda ui`) and what a browser asks it, for benchmarks and the tests of the browser."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ODA = "from pipelines.command.entry import run; run()"
"""The `oda` command of this tree, whichever is installed."""

_BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message stack }
  ... on UnauthorizedError { message } } }"""
_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename ... on PartitionBackfill {
  status error { message } } } }"""
_RUNS = """query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs {
  results { runId status startTime endTime tags { key value } } } } }"""
_ADD = """mutation($of: String!, $name: String!) { addDynamicPartition(partitionsDefName: $of, partitionKey: $name,
  repositorySelector: {repositoryLocationName: "dagster_project.definitions", repositoryName: "__repository__"}) {
  __typename } }"""
_NODES = """query { assetNodes { assetKey { path } isMaterializable isPartitioned isExecutable } }"""


@dataclass(frozen=True)
class Served:
    """The UI of a lake, by its address."""

    url: str
    home: Path

    def ask(self, query: str, **variables: Any) -> Any:
        """What the server answers to a query of its page."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            found = json.load(answer)
        if found.get("errors"):
            raise RuntimeError(str(found["errors"])[:2000])
        return found["data"]

    def materialisable(self) -> list[list[str]]:
        """Keys of the assets that the page offers to materialise."""
        return [node["assetKey"]["path"] for node in self.ask(_NODES)["assetNodes"] if node["isMaterializable"]]

    def backfill(self, assets: list[list[str]], partitions: list[str], *, patience: float) -> tuple[str, list[Any]]:
        """Materialise assets for partitions as the page does; the outcome and the runs it took."""
        params = {
            "assetSelection": [{"path": path} for path in assets],
            "partitionNames": partitions,
            "tags": [],
        }
        answer = self.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        if "backfillId" not in answer:
            raise RuntimeError(str(answer)[:2000])
        backfill = answer["backfillId"]
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            status = self.ask(_STATUS, id=backfill)["partitionBackfillOrError"]["status"]
            if status not in ("REQUESTED", "CANCELING", "FAILING"):
                tags = [{"key": "dagster/backfill", "value": backfill}]
                return status, self.ask(_RUNS, filter={"tags": tags})["runsOrError"]["results"]
            time.sleep(1.0)
        raise TimeoutError(f"The backfill {backfill} was not done after {patience:.0f} s.")

    def backfill_runs(self) -> list[Any]:
        """The runs of all backfills."""
        found = self.ask(_RUNS, filter={})["runsOrError"]["results"]
        return [run for run in found if any(tag["key"] == "dagster/backfill" for tag in run["tags"])]

    def add_partition(self, of: str, name: str) -> None:
        """Add a name to a set of partitions, as the page does."""
        self.ask(_ADD, of=of, name=name)

    def start_sensor(self, name: str) -> None:
        """Turn a sensor on."""
        selector = '{repositoryLocationName: "dagster_project.definitions", repositoryName: "__repository__"'
        self.ask(
            f"mutation($name: String!) {{ startSensor(sensorSelector: {selector}, sensorName: $name}}) {{ __typename }} }}",
            name=name,
        )

    def stop_sensor(self, name: str) -> None:
        """Turn a sensor off."""
        query = """query { sensorsOrError(repositorySelector: {repositoryLocationName: "dagster_project.definitions",
          repositoryName: "__repository__"}) { ... on Sensors { results { id name } } } }"""
        for sensor in self.ask(query)["sensorsOrError"]["results"]:
            if sensor["name"] == name:
                self.ask("mutation($id: String!) { stopSensor(id: $id) { __typename } }", id=sensor["id"])


@contextlib.contextmanager
def served(home: Path, **settings: str) -> Iterator[Served]:
    """`oda ui` on a lake, until it is left; its log is `ui.log` in the home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "ODA_HOME": str(home), **settings}
    command = [sys.executable, "-c", ODA, "ui", "--port", str(port)]
    with (home / "ui.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            found = Served(f"http://127.0.0.1:{port}", home)
            for _ in range(600):
                with contextlib.suppress(OSError, RuntimeError):
                    if found.materialisable():
                        break
                if process.poll() is not None:
                    raise RuntimeError((home / "ui.log").read_text()[-4000:])
                time.sleep(0.5)
            else:
                raise TimeoutError((home / "ui.log").read_text()[-4000:])
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(70)
            process.kill()
            process.wait()


@contextlib.contextmanager
def browser(width: int = 1400, height: int = 900) -> Iterator[Any]:
    """A page of Debian's Chromium, which must be installed; Playwright brings none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(120_000)
        yield page
        chromium.close()
