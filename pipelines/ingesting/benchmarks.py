"""Whether a dataset that was taken for training data looks like a benchmark."""

from __future__ import annotations

import re

from lake.catalog import Lake
from lake.relations import run

_FOLDER = re.compile(r"(^|[/\\])benchmarks?([/\\]|$)", re.IGNORECASE)


def benchmark_remarks(lake: Lake, dataset: str, source: str) -> tuple[str, ...]:
    """What to say of a new training dataset: it lies in a folder called benchmarks, or has the items of one."""
    remarks = []
    cure = f"If it is one: oda ingest {source} --kind benchmark --replace"
    if _FOLDER.search(source):
        remarks.append(f"{dataset} lies in a folder called benchmarks and was taken for training data. {cure}")
    for benchmark, items, found, rows in run(lake.connection, "known_items", dataset=dataset).fetchall():
        remarks.append(
            f"{dataset} has {found:,} of the {items:,} items of the benchmark {benchmark} among its "
            f"{rows:,} prompts. {cure}"
        )
    return tuple(remarks)
