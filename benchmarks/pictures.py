"""The pictures of the Dagster UI that the documentation shows, taken of a lake, such as the one of the demo.

    ODA_HOME=/tmp/demo oda demo
    python -m benchmarks.pictures /tmp/demo docs/images

Nothing is run: the sensor tells the UI of everything that the command made.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.served import Served, browser, served

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
        page.wait_for_timeout(5000)  # what is drawn comes to rest
        page.screenshot(path=given.folder / "asset_graph.png")
        page.goto(f"{ui.url}/assets/scores/mtld?view=partitions&partition={first}")
        page.get_by_text("dagster/row_count").first.wait_for()
        page.wait_for_timeout(3000)
        page.screenshot(path=given.folder / "asset_metadata.png")


def _told(ui: Served) -> list[str]:
    """The datasets whose scores the sensor has told of, as soon as it has."""
    while True:
        found = ui.ask(_TOLD)["assetNodeOrError"]["assetPartitionStatuses"]["materializedPartitions"]
        if found:
            return sorted(found)
        time.sleep(1)


if __name__ == "__main__":
    main()
