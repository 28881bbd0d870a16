"""Lakes to export from; Hugging Face libraries stay offline and leave nothing in the home folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from lake.catalog import Lake
from lake.settings import Settings
from pipelines.export import ExportReport, export


@pytest.fixture(scope="session", autouse=True)
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("hf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(home))
        patch.setenv("HF_DATASETS_CACHE", str(home / "datasets"))
        yield home


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """An empty lake for the tests of one file."""
    with Lake.open(Settings.load(home=tmp_path_factory.mktemp("lake"), threads=1), create=True) as opened:
        yield opened


class Exported:
    """An export just made: its report and its files as values."""

    def __init__(self, report: ExportReport) -> None:
        self.report = report
        self.folder = Path(report.path)

    def lines(self, file: str) -> list[Any]:
        return [orjson.loads(line) for line in (self.folder / file).read_bytes().splitlines()]

    def json(self, file: str) -> Any:
        return orjson.loads((self.folder / file).read_bytes())

    @property
    def manifest(self) -> Any:
        return self.json("manifest.json")


Export = Callable[..., Exported]


@pytest.fixture
def exported(fresh: Lake, tmp_path: Path) -> Export:
    """Export a subject of the module's lake to a new folder."""

    def make(subject: str, to: str, **options: Any) -> Exported:
        return Exported(export(fresh, subject, to=to, out=tmp_path / f"out-{to}", **options))

    return make
