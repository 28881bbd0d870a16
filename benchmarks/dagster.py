"""Ingest, score and profile many small datasets through the real daemon and run launcher, against one `oda` command.

    python -m benchmarks.dagster --datasets 120 --rows 500

Says: seconds of both, runs, and bytes of the event log per dataset and axis: every event once, and as SQLite keeps them,
which holds those of assets a second time in its index. The answer is checked first: every sample has every axis.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.served import ODA, served

AXES = [
    "compress_ratio",
    "gram_entropy",
    "hdd",
    "logical_word_count",
    "mtld",
    "pure_think",
    "response_token_length",
    "str_length",
    "think_or_not",
    "token_entropy",
    "token_length",
    "ts_python",
    "unique_ngram",
    "unique_ntoken",
    "vocd_d",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=120)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--patience", type=float, default=3600)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oda-dagster-") as folder:
        root = Path(folder)
        names = [f"set-{number:03}" for number in range(given.datasets)]
        for number, name in enumerate(names):
            _write(root / "dagster" / "inbox" / f"{name}.jsonl", number, given.rows)
            _write(root / "command" / "inbox" / f"{name}.jsonl", number, given.rows)
        command = _command(root / "command", names)
        print(f"one oda command after the other, three in all: {command:.1f} s", flush=True)
        ui = _backfill(root / "dagster", names, given.patience)
        print(f"a backfill through the daemon: {ui['seconds']:.1f} s, {ui['seconds'] / command:.1f} times that")
        print(f"runs: {ui['runs']}, status {ui['status']}")
        once, stored = (ui[name] / len(names) / len(AXES) for name in ("bytes", "bytes_of_sqlite"))
        print(f"event log: {once:,.0f} bytes per dataset and axis; {stored:,.0f} with the copies in SQLite's index")
        print(json.dumps({"command": command, **ui}))


def _write(path: Path, number: int, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for row in range(rows):
            said = f"Explain in your own words what happens in step {row} of plan {number}, and why it matters."
            answer = " ".join(f"In step {row + k} we add {k * row % 97} to {number}; this matters." for k in range(12))
            file.write(json.dumps({"instruction": said, "output": answer}) + "\n")


def _command(home: Path, names: list[str]) -> float:
    """Seconds of ingest, score and profile by three commands, over all datasets each."""
    environment = {**os.environ, "ODA_HOME": str(home)}
    sources = [str(home / "inbox" / f"{name}.jsonl") for name in names]
    began = time.monotonic()
    for words in (["ingest", *sources], ["score", "--axes", ",".join(AXES)], ["profile"]):
        command = [sys.executable, "-c", ODA, *words]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    _check(home, names)
    return seconds


def _backfill(home: Path, names: list[str], patience: float) -> dict[str, Any]:
    with served(home) as ui:
        ui.stop_sensor("inbox")
        for name in names:
            ui.add_partition("datasets", name)
        before, copied_before = _log_bytes(home)
        began = time.monotonic()
        assets = [["samples"], *(["scores", axis] for axis in AXES), ["scored"], ["dataset_profile"]]
        status, runs = ui.backfill(assets, names, patience=patience)
        seconds = time.monotonic() - began
    _check(home, names)
    after, copied = _log_bytes(home)
    work = sum((run["endTime"] or 0) - (run["startTime"] or 0) for run in runs)
    return {
        "seconds": seconds,
        "status": status,
        "runs": len(runs),
        "seconds_in_runs": work,
        "bytes": after - before,
        "bytes_of_sqlite": after - before + copied - copied_before,
    }


def _check(home: Path, names: list[str]) -> None:
    from lake.catalog import Lake
    from lake.settings import Settings

    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        (found,) = lake.rows("select count(distinct dataset), count(*), count(mtld) from scored")
        axes = lake.rows("select count(distinct axis) from scores")[0][0]
    if found[0] != len(names) or found[1] != found[2] or axes != len(AXES):
        raise SystemExit(f"Not everything was scored: {found}, {axes} axes.")


def _log_bytes(home: Path) -> tuple[int, int]:
    """Bytes of events that Dagster's storage holds, each once, and of their copies; without its indexes.

    A run's own file holds all of its events. `index.db` holds what belongs to no run, and copies of events of assets.
    """
    once = copies = 0
    for file in (home / "dagster" / "history").rglob("*.db"):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            try:
                sums = dict(
                    connection.execute(
                        "select run_id is null or run_id = '', sum(length(cast(event as blob))) from event_logs group by 1"
                    ).fetchall()
                )
            except sqlite3.OperationalError:
                continue
        of_runs, of_none = sums.get(0, 0), sums.get(1, 0)
        once += of_none if file.name == "index.db" else of_runs + of_none
        copies += of_runs if file.name == "index.db" else 0
    return once, copies


if __name__ == "__main__":
    main()
