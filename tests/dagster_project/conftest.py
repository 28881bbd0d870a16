"""Fixtures of the Dagster tests: a home of their own, an instance in memory, the definitions once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from lakes import lay
from project_runs import Project

from lake.settings import Settings


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    from dagster_project.definitions import defs

    return defs()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of an empty lake, as the settings name it to every process started from here."""
    monkeypatch.setenv("ODA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ODA_MEMORY_LIMIT", "1GB")
    monkeypatch.setenv("ODA_THREADS", "1")
    monkeypatch.setenv("ODA_PLOTS", "false")  # half of the time of a small partition; `drawn` turns them on
    return lay(tmp_path / "home")


@pytest.fixture
def drawn(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots are drawn, as people have them."""
    monkeypatch.setenv("ODA_PLOTS", "true")


@pytest.fixture
def project(home: Path, definitions: dg.Definitions) -> Iterator[Project]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Project(definitions, instance, Settings.load())
