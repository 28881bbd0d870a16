"""Every command in the pages runs, in order, on the miniature arena; generated parts are current."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm_oda
from judging import part, rating
from lakes import fresh
from loopback import loopback
from tiny_models import TinyModels
from tiny_zoo import zoo

from examples.arena.generate import generate
from lake.relations import catalogue as relations
from lake.tables import TABLES
from pipelines.axes_reference import PAGE, page, written_neighbours
from pipelines.ingest import ingest
from pipelines.score import score
from scorers.reference import README, with_table

ROOT = README.parent
PAGES = [
    "docs/ingest.md",
    "docs/dedup.md",
    "docs/lineage.md",
    "docs/contamination.md",
    "docs/sets.md",
    "docs/sql.md",
    "docs/slices.md",
    "docs/leaderboard.md",
    "docs/extend.md",
    "docs/models.md",
    "docs/judges.md",
]


def blocks(page: str) -> list[str]:
    """The shell blocks of a page that are to run; `no-run` marks those that other tests cover."""
    return re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a page begins with, made once: the arena, and a lake with one of its datasets scored."""
    folder = tmp_path_factory.mktemp("pages") / "page"
    generate(folder / "arena")
    with fresh(folder / "data") as lake:
        ingest(lake, folder / "arena" / "count-tales")
        score(lake)
    shutil.copytree(folder, folder.with_name("begun"))
    return folder


@pytest.fixture
def place(begun: Path) -> Path:
    """The folder a page runs in, as pages find it: always the same one, since a lake knows where its sources lie."""
    shutil.rmtree(begun)
    shutil.copytree(begun.with_name("begun"), begun)
    return begun


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an `oda` that need not load everything anew for each line of a page."""
    return warm_oda.program(tmp_path_factory.mktemp("warm"))


@pytest.fixture(scope="session")
def judge() -> Iterator[str]:
    """The address of a judge that rates by chance, but the same text always alike."""

    def answer(prompt: str) -> str:
        return rating(1 + zlib.crc32(part(prompt).encode()) % 10, response="===== RESPONSE =====" in prompt)

    with loopback(answer, models=("my/judge",)) as server:
        yield server.url


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory: pytest.TempPathFactory, tiny: TinyModels) -> Path:
    """Tiny models under the names of those that axes ask."""
    return zoo(tmp_path_factory.mktemp("zoo") / "models", tiny)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs(
    page: str, place: Path, programs: Path, judge: str, tiny: TinyModels, request: pytest.FixtureRequest
):
    assert blocks(page)
    paths = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
    # One core: two take twice the time over models this small. `test_interrupts` has as many as there are.
    environment = {**os.environ, "PATH": ":".join(paths), "HF_HUB_OFFLINE": "1", "ODA_THREADS": "1"}
    for name in ("ODA_HOME", "ODA_SCORERS"):
        environment.pop(name, None)
    environment["ODA_EMBEDDING_MODEL"] = str(tiny.of("bert"))  # the README has that of the settings
    if page == "docs/models.md":
        environment["ODA_MODELS"] = str(request.getfixturevalue("stand_ins"))
    script = "set -e\n" + "\n".join(blocks(page)).replace("http://127.0.0.1:8000/v1", judge)
    done = subprocess.run(["bash", "-c", script], cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def test_the_table_of_axes_is_current():
    text = README.read_text()
    assert with_table(text) == text, "run: make docs"


def test_the_page_of_axes_is_current_but_for_the_correlations():
    text = PAGE.read_text(encoding="utf-8")
    assert page(written_neighbours(text)) == text, "run: make docs"


def test_every_relation_is_in_the_page_on_sql():
    page = (ROOT / "docs" / "sql.md").read_text()
    wanted = [table.name for table in TABLES] + [r.name for r in relations().values() if r.subject == "views"]
    assert [name for name in wanted if f"| `{name}`" not in page] == []


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        "README.md",
        "CONTRIBUTING.md",
        "docs/axes.md",
        "docs/training.md",
        "docs/dagster.md",
        "docs/architecture.md",
        "docs/performance.md",
        "docs/reliability.md",
    ],
)
def test_links_lead_somewhere(page: str):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), target
