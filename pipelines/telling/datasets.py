"""What is told of all datasets: their table, totals, and sizes as a picture."""

from __future__ import annotations

import time

from lake.catalog import Lake
from lake.relations import run
from pipelines.pictures.bars import sizes
from pipelines.telling.shown import Facts, pictures, table

_MOST = 500


def of_datasets(lake: Lake) -> Facts:
    """Facts of the lake as a whole."""
    began = time.monotonic()
    found = run(lake.connection, "all_datasets").to_arrow_table()
    rows = found.to_pylist()
    told: Facts = {
        "dagster/row_count": found.num_rows,
        "samples": sum(row["rows"] for row in rows),
        "rejected": sum(row["rejected"] for row in rows),
        "contaminated": sum(row["contaminated"] or 0 for row in rows),
        "seconds": time.monotonic() - began,
        "snapshot": lake.snapshot,
        "table": table(found, rows=_MOST),
    }
    of_each = {str(row["dataset"]): (int(row["rows"]), row["coverage"]) for row in rows}
    return told | pictures(lake, picture=lambda: sizes(of_each))
