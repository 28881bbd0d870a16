"""What tests cost in processor time, that of their processes included, and which of them are slow by it.

    pytest --costs costs.jsonl        also writes a line a test: its id, its seconds
    python tests/costs.py costs.jsonl prints the areas, and rewrites slow.txt

`slow.txt` lists the tests that `make check` leaves out (they are marked `slow` when they are collected), so that
daily work stays quick. A test may also be marked in its own file.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from forks import served

SLOW = Path(__file__).with_name("slow.txt")
LIMIT = 0.4
"""Seconds of processor time, on average over its cases, from which a test is slow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write to."""
    parser.addoption("--costs", type=Path, help="write what every test costs to this file of JSON lines")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One worker more than cores for slow tests: they wait for the programs they start a quarter of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores + 1 if cores and config.getoption("markexpr") == "slow" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is listed."""
    listed = set(SLOW.read_text().split())
    for item in items:
        if function(item.nodeid) in listed:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    """Measure a test with its fixtures."""
    path = item.config.getoption("--costs")
    before = used()
    result = yield
    if path is not None:
        with path.open("a") as out:
            out.write(json.dumps([item.nodeid, round(used() - before, 3)]) + "\n")
    return result


def used() -> float:
    """Seconds of processor time of this process, of those it has waited for, and of what its servers ran."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both) + served()


def function(test: str) -> str:
    """A test without its case: the name that `slow.txt` knows it by."""
    return test.removeprefix("tests/").split("[")[0].replace(" ", "")


def main() -> None:
    """Print seconds and tests of every folder, and write the list of slow ones."""
    costs: dict[str, float] = dict(json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines())
    areas: dict[str, list[float]] = defaultdict(list)
    functions: dict[str, list[float]] = defaultdict(list)
    for test, seconds in costs.items():
        areas[test.split("/")[1]].append(seconds)
        functions[function(test)].append(seconds)
    for area, found in sorted(areas.items(), key=lambda entry: -sum(entry[1])):
        print(f"{area:20}{len(found):6}{sum(found):10.1f} s")
    print(f"{'all':20}{len(costs):6}{sum(costs.values()):10.1f} s")
    known = set(SLOW.read_text().split()) if SLOW.exists() else set()
    slow = {name for name, found in functions.items() if sum(found) / len(found) > LIMIT}
    slow |= {name for name in known if name not in functions}  # not run this time
    SLOW.write_text("\n".join(sorted(slow)) + "\n")
    left = Counter({name: sum(found) for name, found in functions.items() if name not in slow})
    print(f"not slow: {left.total():.1f} s; of that {left.most_common(3)}")


if __name__ == "__main__":
    main()
