"""A lake of every real released set that parses, made once for all workers of a run and copied for each file of tests."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from lakes import fresh

from lake.catalog import Lake
from lake.locks import folder_lock
from lake.settings import Settings


@dataclass(frozen=True)
class RealSets:
    """The home of that lake, and how many rows of each set became samples or rejects."""

    home: Path
    arrived: dict[str, int]

    def lake(self, home: Path) -> Lake:
        """A copy of it, open for writing, on two cores."""
        shutil.copytree(self.home, home)
        return Lake.open(Settings.load(home=home, memory_limit="2GB", threads=2))


@pytest.fixture(scope="session")
def real_sets(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> RealSets:
    """Every set, none with a mapping; benchmarks as benchmarks."""
    folder = tmp_path_factory.getbasetemp()
    place = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "real-sets"
    place.mkdir(exist_ok=True)
    counts = place / "arrived.json"
    with folder_lock(place, wait=True):
        if not counts.exists():
            shutil.rmtree(place / "home", ignore_errors=True)
            counts.write_text(json.dumps(_ingested(place / "home", shared_data)))
    return RealSets(place / "home", json.loads(counts.read_text()))


def _ingested(home: Path, data: Path) -> dict[str, int]:
    from pipelines.ingest import ingest  # late: conftest.py imports this module, and few tests ingest these sets

    arrived = {}
    with fresh(home, memory_limit="2GB", threads=2) as lake:
        for folder, kind in (("datasets", "train"), ("benchmarks", "benchmark")):
            for path in sorted((data / folder).iterdir()):
                if path.name != "malformed_json_sample":
                    report = ingest(lake, path, kind=kind)
                    arrived[path.name] = report.samples + report.rejected
    return arrived
