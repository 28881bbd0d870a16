"""The pictures of the Dagster UI that the documentation shows, taken of a lake, such as the one of the demo.

    ODA_HOME=/tmp/demo oda demo
    python -m benchmarks.pictures /tmp/demo/demo/lake docs/images

The sensor tells the UI of everything that the command made; the profile of one dataset is materialised, and opened.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.served import Served, browser, served

OPENED = ("profiles", "curation")
"""Groups that are drawn with their assets."""

_TOLD = """query { assetNodeOrError(assetKey: {path: ["scores", "mtld"]}) { ... on AssetNode { assetPartitionStatuses {
  ... on DefaultPartitionStatuses { materializedPartitions } } } } }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    with served(given.home.resolve()) as ui, browser(1600, 1000) as page:
        ui.stop_sensor("inbox")
        first = _told(ui)[0]
        page.goto(f"{ui.url}/asset-groups")
        page.get_by_text("near_duplicates").first.wait_for()
        for group in OPENED:
            page.wait_for_timeout(3000)  # what is drawn comes to rest
            page.get_by_text(group, exact=True).last.click()
        page.set_viewport_size({"width": 2150, "height": 1200})
        page.reload()  # what was opened stays so, and all of it is fitted in
        page.get_by_text("near_duplicates").first.wait_for()
        page.wait_for_timeout(12000)  # statuses are fetched one after the other
        page.screenshot(path=given.folder / "asset_graph.png")
        page.set_viewport_size({"width": 1600, "height": 1000})
        ui.backfill([["dataset_profile"]], [first], patience=600)
        page.goto(f"{ui.url}/assets/dataset_profile?view=partitions&partition={first}")
        page.get_by_text("[Show Markdown]").first.click()
        page.get_by_text("histogram").first.wait_for()
        page.wait_for_timeout(3000)
        page.screenshot(path=given.folder / "asset_metadata.png")


def _told(ui: Served) -> list[str]:
    """The datasets whose scores the sensor has told of, as soon as it has; raises TimeoutError where it does not."""
    for _ in range(300):
        found = ui.ask(_TOLD)["assetNodeOrError"]["assetPartitionStatuses"]["materializedPartitions"]
        if found:
            return sorted(found)
        time.sleep(1)
    raise TimeoutError(f"Nothing is told of the scores of {ui.home}; is it the home of a lake that was scored?")


if __name__ == "__main__":
    main()
