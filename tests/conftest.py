"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm_engines
import warm_oda
from lakes import lay
from postgres_server import database, postgres, server  # noqa: F401 - fixtures
from real_sets import real_sets  # noqa: F401 - a fixture
from sampling import default_profile
from tiny_models import TinyModels

from lake.catalog import Lake
from lake.settings import Settings

pytest_plugins = ["costs"]

ROOT = Path(__file__).resolve().parent.parent

SHARED_OUT = ("dedup/", "overlap/", "contamination/", "pipelines/test_score", "pipelines/test_derive")
"""Tests of work on texts that is shared out among cores."""

default_profile()

# A shell starts what it runs in the background deaf to Ctrl-C, and so would be every program that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Workers of a run share the processes that start engines and commands."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        warm_engines.share()
        warm_oda.share()


@pytest.fixture
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """One core, or two: DuckDB takes twice the time of a processor with a second, which finds nothing to do here."""
    place = request.path.relative_to(ROOT / "tests").as_posix()
    return Settings.load(home=tmp_path / "home", memory_limit="2GB", threads=2 if place.startswith(SHARED_OUT) else 1)


@pytest.fixture(autouse=True, scope="module")
def _engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Engines begin with what they import loaded, but where it is tested how their processes begin and end.

    How fast they ran is remembered for the tests of a file, not for whoever runs them.
    """
    speeds = tmp_path_factory.mktemp("speeds") / "speeds.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scorers.engines.speeds.record", lambda: speeds)
        if request.path.name != "test_engine_process.py":
            patch.setattr("scorers.engines.process.spawn", warm_engines.spawn)
        yield


@pytest.fixture
def lake(settings: Settings) -> Iterator[Lake]:
    lay(settings.home)
    with Lake.open(settings) as opened:
        yield opened


def _shared(name: str) -> Path:
    folder = Path(os.environ.get("ODA_TEST_SHARED", ROOT.parent / "shared")) / name
    if not folder.is_dir():
        pytest.skip(f"the folder of real {name} is not there ({folder}); set ODA_TEST_SHARED")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real released datasets and benchmarks; kept outside the project."""
    return _shared("data")


@pytest.fixture(scope="session")
def goldens() -> Path:
    """Reference values of the scorers; kept outside the project."""
    return _shared("goldens")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    """Tiny models made of random weights, once a session."""
    return TinyModels(tmp_path_factory.mktemp("tiny"))
