"""What the first `oda score` costs while no kernel has been compiled yet, beside one that finds all of them.

    python -m benchmarks.cold_start [--repeat 3]

Both score the generated arena on all plain axes, in a process of their own and from the same ingested lake. The scores
must be the same before a time is given. Times are of the processor, of all processes, which other load on the machine
does not change; an own folder for compiled code leaves that of the user as it is.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import plain_axes

ODA = [sys.executable, "-c", "from pipelines.command.main import run; run()"]


def seconds(arguments: list[str], home: Path, kept: Path) -> tuple[float, str]:
    """Seconds of processor time of a command with all its processes, and its standard output."""
    environment = os.environ | {"ODA_HOME": str(home), "NUMBA_CACHE_DIR": str(kept)}
    with subprocess.Popen([*ODA, *arguments], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"oda {' '.join(arguments)} failed with status {process.returncode}")
    return used.ru_utime + used.ru_stime, output


def scores(home: Path, kept: Path) -> str:
    """All scores of a lake, as text."""
    query = (
        "select axis, count(*) as n, count(value) as ok, bit_xor(hash(sample_id, value, status)) as own "
        "from scores group by axis order by axis"
    )
    return seconds(["sql", "--format", "csv", query], home, kept)[1]


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oda-benchmark-"))
    try:
        from examples.arena.generate import generate

        truth = generate(folder / "arena")
        lake, shared = folder / "lake", folder / "compiled"
        seconds(["init", "-q"], lake, shared)
        for dataset in truth.datasets:
            seconds(["ingest", "-q", str(folder / "arena" / dataset.name)], lake, shared)
        score = ["score", "--json", "--axes", ",".join(plain_axes.AXES)]
        warm_up = shutil.copytree(lake, folder / "warm-up")
        seconds(score, warm_up, shared)
        wanted = scores(warm_up, shared)
        assert wanted.count("\n") == 1 + len(plain_axes.AXES), wanted
        print("| first score, s | with compiled code, s | ratio |\n|---:|---:|---:|")
        for number in range(chosen.repeat):
            used = []
            for name, kept in (("cold", folder / f"compiled-{number}"), ("warm", shared)):
                home = shutil.copytree(lake, folder / f"{name}-{number}")
                used.append(seconds(score, home, kept)[0])
                if scores(home, shared) != wanted:
                    raise SystemExit("wrong answer: the scores differ")
            print(f"| {used[0]:.1f} | {used[1]:.1f} | {used[0] / used[1]:.1f} |", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
