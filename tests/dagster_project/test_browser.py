"""The served UI in a real browser: a backfill with one broken dataset of twelve, a slice that is held back, the inbox,
and what the command line does meanwhile."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import lay
from project_runs import questions, write_rows

from benchmarks.served import Served, browser, served
from lake.catalog import Lake
from lake.settings import Settings
from pipelines.curate import create_slice
from pipelines.ingest import drop_dataset, ingest
from pipelines.slicing.held_items import ALLOW

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SOUND = [f"d{number:02}" for number in range(1, 12)]

_STATES = """query($asset: [String!]!) { assetNodeOrError(assetKey: {path: $asset}) { ... on AssetNode {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
  materializedPartitions failedPartitions materializingPartitions } } } } }"""
_ROWS = """query { assetOrError(assetKey: {path: ["samples"]}) { ... on Asset {
  assetMaterializations(partitions: ["d01"], limit: 1) { metadataEntries {
    label ... on IntMetadataEntry { intValue } } } } } }"""


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("browser")
    home = lay(folder / "home")
    with Lake.open(Settings.load(home=home)) as lake:
        for n, name in enumerate(SOUND):
            ingest(lake, write_rows(folder / f"{name}.jsonl", questions(3, first=10 * n)))
    (home / "inbox").mkdir(exist_ok=True)
    (home / "inbox" / "broken.json").write_text('[{"instruction": "a", "output": "b"}, {"instruction: ')
    with served(home, ODA_THREADS="2", ODA_MEMORY_LIMIT="1GB") as found:
        found.stop_sensor("inbox")
        yield found


@pytest.fixture(scope="module")
def tab(ui: Served) -> Iterator[Any]:
    if shutil.which("chromium") is None:
        pytest.skip("Debian's chromium is not installed")
    with browser() as page:
        yield page


def states(ui: Served, *asset: str) -> dict[str, set[str]]:
    """Which partitions of an asset (samples) are materialised, which failed, which are being made."""
    found = ui.ask(_STATES, asset=asset or ["samples"])["assetNodeOrError"]["assetPartitionStatuses"]
    return {name.removesuffix("Partitions"): set(names) for name, names in found.items()}


def until(condition: Callable[[], bool]) -> None:
    """Look until it holds; the time limit of the test ends it otherwise."""
    while not condition():
        time.sleep(1)


def test_materialise_all_offers_what_can_run_and_shows_what_cannot(ui: Served, tab: Any) -> None:
    tab.goto(f"{ui.url}/asset-groups")
    tab.get_by_role("button", name=f"Materialize all ({len(ui.materialisable())})").wait_for()
    assert ["scores", "mtld"] in ui.materialisable()
    assert ["scores", "ppl"] not in ui.materialisable()
    tab.goto(f"{ui.url}/assets/scores/ppl")
    tab.get_by_text("Not measured here: needs the weights of qwen3-8b").first.wait_for()


def test_a_backfill_is_one_run_and_the_broken_dataset_is_the_only_red_one(ui: Served, tab: Any) -> None:
    until(lambda: states(ui)["materialized"] == set(SOUND))  # told by the sensor, of what a command made
    ui.add_partition("datasets", "broken")
    tab.goto(f"{ui.url}/assets/samples?view=partitions")
    tab.get_by_text("broken").first.wait_for()
    tab.get_by_role("button", name="Materialize").first.click()
    tab.get_by_text("Backfills all partitions in a single run.").wait_for()
    tab.get_by_role("button", name="All", exact=True).click()
    tab.get_by_role("button", name="Launch backfill").click()
    until(lambda: states(ui)["failed"] == {"broken"} and not states(ui)["materializing"])
    assert states(ui)["materialized"] == set(SOUND)
    assert [run["status"] for run in ui.backfill_runs()] == ["FAILURE"]
    tab.goto(f"{ui.url}/assets/samples?view=partitions")
    for said in ("Failed (1)", "Materialized (11)"):
        tab.get_by_text(said).first.wait_for()
    tab.goto(f"{ui.url}/assets/samples?view=checks")
    tab.get_by_text("lost_rows").first.wait_for()


def test_a_slice_with_a_benchmark_item_is_held_back_while_another_is_written(
    ui: Served, tab: Any, tmp_path: Path
) -> None:
    with Lake.open(Settings.load(home=ui.home)) as lake:
        ingest(lake, write_rows(tmp_path / "exam.jsonl", questions(1)), kind="benchmark")
        for name, dataset in (("clean", "d03"), ("leaky", "d01")):
            create_slice(lake, name, f"select sample_id from samples where dataset = '{dataset}'", benchmarks=ALLOW)
    until(lambda: states(ui, "slices")["materialized"] == {"clean", "leaky"})  # told by the sensor
    ui.backfill([["slices"], ["exports"]], ["clean", "leaky"], patience=500)
    assert states(ui, "slices")["materialized"] == {"clean", "leaky"}
    assert states(ui, "exports") == {"materialized": {"clean"}, "failed": {"leaky"}, "materializing": set()}
    assert [path.name for path in (ui.home / "exports").iterdir()] == ["clean"]
    tab.goto(f"{ui.url}/assets/exports?view=partitions")
    for said in ("Failed (1)", "Materialized (1)"):
        tab.get_by_text(said).first.wait_for()


def test_a_dataset_dropped_into_the_inbox_is_scored(ui: Served, tab: Any) -> None:
    (ui.home / "inbox" / "broken.json").unlink()
    ui.start_sensor("inbox")
    write_rows(ui.home / "inbox" / "dropped.jsonl", questions(3, first=500))
    until(lambda: "dropped" in states(ui, "scores", "mtld")["materialized"])
    ui.stop_sensor("inbox")
    tab.goto(f"{ui.url}/assets/scored?view=partitions&partition=dropped")
    tab.get_by_text("What follows 500, and why?").first.wait_for()


def test_what_the_command_line_replaces_and_drops_shows(ui: Served, tab: Any, tmp_path: Path) -> None:
    with Lake.open(Settings.load(home=ui.home)) as lake:
        ingest(lake, write_rows(tmp_path / "d01.jsonl", questions(7)), replace=True)
        drop_dataset(lake, "d02")
    until(lambda: "d02" not in states(ui)["materialized"])
    (told,) = ui.ask(_ROWS)["assetOrError"]["assetMaterializations"]
    assert {"label": "dagster/row_count", "intValue": 7} in told["metadataEntries"]
    tab.goto(f"{ui.url}/assets/samples?view=partitions")
    tab.get_by_text(f"Materialized ({len(states(ui)['materialized'])})").first.wait_for()
