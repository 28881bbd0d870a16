"""Ingest, score and profile many small datasets through the real daemon and run launcher, against one `oda` command.

    python -m benchmarks.dagster --datasets 120 --rows 500

Says: seconds of both (of the backfill from the request to the end of its last run; Dagster looks every few seconds
whether one is complete), runs, and bytes of the event log per dataset and axis, which keeps every event once. The
answer is checked first: every sample has every axis.
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
from dagster_project.event_log import FOLDER

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
        print(f"{ui['in_runs']:.1f} s of it in runs; Dagster called it complete after {ui['complete']:.1f} s")
        print(f"runs: {ui['runs']}, status {ui['status']}")
        print(f"event log: {ui['bytes'] / len(names) / len(AXES):,.0f} bytes per dataset and axis")
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
        before = _log_bytes(home)
        began = time.time()
        assets = [["samples"], *(["scores", axis] for axis in AXES), ["scored"], ["dataset_profile"]]
        status, runs = ui.backfill(assets, names, patience=patience)
        complete = time.time() - began
    _check(home, names)
    return {
        "seconds": max(run["endTime"] or 0 for run in runs) - began,
        "complete": complete,
        "in_runs": sum((run["endTime"] or 0) - (run["startTime"] or 0) for run in runs),
        "status": status,
        "runs": len(runs),
        "bytes": _log_bytes(home) - before,
    }


def _check(home: Path, names: list[str]) -> None:
    from lake.catalog import Lake
    from lake.settings import Settings

    with Lake.open(Settings.load(home=home), read_only=True) as lake:
        (found,) = lake.rows("select count(distinct dataset), count(*), count(mtld) from scored")
        axes = lake.rows("select count(distinct axis) from scores")[0][0]
    if found[0] != len(names) or found[1] != found[2] or axes != len(AXES):
        raise SystemExit(f"Not everything was scored: {found}, {axes} axes.")


def _log_bytes(home: Path) -> int:
    """Bytes of events that Dagster's storage holds, without its indexes."""
    with sqlite3.connect(f"file:{home / 'dagster' / FOLDER / 'event_log.db'}?mode=ro", uri=True) as connection:
        (total,) = connection.execute("select coalesce(sum(length(event)), 0) from event_logs").fetchone()
    return int(total)


if __name__ == "__main__":
    main()
