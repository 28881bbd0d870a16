"""Kills a step again and again at moments that its own events name, and looks at what is left.

A process that has loaded everything forks a child for each run, which is cheap. The child tells every statement it
gives to DuckDB, every file it makes, renames or removes, and its progress. At an event drawn at random, every other
time among commits and renames, it waits for leave to go on; the parent gives it and kills the child a random part of
that event's usual time later.

As a program it loads everything once, then takes a line a step: its name, how many kills, the seed; it answers each
with a line of JSON.

    echo "STEP 20 0" | python tests/faults/kill_harness.py
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

# Run as a program, too. The folder of the checkout goes first: `tests` has folders that are named like packages of it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from forks import fork, in_child, load_what, without_threads
from kill_state import Markers, contents, snapshots
from kill_steps import STEPS, Place, Step, begin, nothing, warm_loops

import lake.catalog
from lake.catalog import Lake
from pipelines.progress import Silent

_FILES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_WRITING = os.O_WRONLY | os.O_RDWR


class Events:
    """Tells the parent what happens; waits for leave at one of them."""

    def __init__(self, out: int, leave: int, stop_at: int | None) -> None:
        self._out, self._leave, self._stop_at = out, leave, stop_at
        self._count = 0
        self._lock = threading.Lock()

    def __call__(self, label: str) -> None:
        with self._lock:
            os.write(self._out, (" ".join(label.split())[:60] + "\n").encode())
            self._count += 1
            if self._count == self._stop_at:
                os.read(self._leave, 1)

    def watch(self, root: Path) -> None:
        """Hear statements and files from now on."""
        connect = lake.catalog.connect
        lake.catalog.connect = lambda *given: Watched(connect(*given), self)  # type: ignore[assignment, return-value]
        place = str(root)

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
            if (event in _FILES or writes) and place in str(arguments[0]):
                self(f"{event} {Path(str(arguments[0])).name}")

        sys.addaudithook(audit)

    # Progress

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        self(f"start {label}")

    def advance(self, amount: float) -> None:
        self("advance")

    def finish(self) -> None:
        self("finish")


class Watched:
    """A DuckDB connection that tells every statement before it runs."""

    def __init__(self, connection: Any, events: Events) -> None:
        self._connection, self._events = connection, events

    def execute(self, query: Any, parameters: Any = None) -> Watched:
        self._events(f"execute {query}")
        self._connection.execute(query, parameters)
        return self

    def cursor(self) -> Watched:
        return Watched(self._connection.cursor(), self._events)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Run:
    """One run of a step in a child."""

    def __init__(self, step: Step, place: Place, stop_at: int | None = None) -> None:
        reading, out = os.pipe()
        leave, self._leave = os.pipe()

        def work() -> None:
            events = Events(out, leave, stop_at)
            events.watch(place.root)
            with place.lake() as opened:
                events("begin")
                step.run(opened, place, events)
                events("end")

        self.child = fork(work)
        os.close(out)
        os.close(leave)
        self._events = os.fdopen(reading)

    def __iter__(self) -> Any:
        return (line.rstrip("\n") for line in self._events)

    def give_leave(self) -> None:
        """Let the child go on from the event it waits at."""
        os.write(self._leave, b".")

    def ended(self) -> int:
        """How the child ended, as `os.waitstatus_to_exitcode` says it."""
        _, status = os.waitpid(self.child, 0)
        self._events.close()
        os.close(self._leave)
        return os.waitstatus_to_exitcode(status)


class Harness:
    """Kills one step; the folder holds the lake that every step starts from as `begun`, made where it will run."""

    def __init__(self, name: str, root: Path, seed: int) -> None:
        self.step = STEPS[name]
        self.name = name
        self.chance = random.Random(seed)
        self.template, self.place = Place(root / "template"), Place(root / "run")
        shutil.copytree(root / "begun", self.place.root)
        if self.step.prepare is not nothing:
            in_child(self._make)
        self.place.root.rename(self.template.root)
        shutil.copytree(self.template.root, self.place.root)
        self.step.warm()
        load_what(self._rehearse)
        self.markers = Markers(
            [
                self.place.root,
                self.place.home,
                *(self.place.home / part for part in ("files", "files/main", "files/main/samples", "scratch")),
                self.place.source,
                *self.step.folders(self.place),
            ]
        )
        self._renew()
        self.events: list[tuple[str, float]] = []
        run = Run(self.step, self.place)
        self.events = [(label, time.monotonic()) for label in run]
        if run.ended():
            raise RuntimeError(f"{name} fails undisturbed")
        labels = [label for label, _ in self.events]
        self.first, self.last = labels.index("begin"), labels.index("end")
        turning = [number for number, label in enumerate(labels) if label.startswith(("execute commit", "os.rename"))]
        self.turns = [number for number in turning if self.first < number < self.last]
        self.states: list[list[str]] = in_child(self._states)

    def _make(self) -> None:
        with self.place.lake() as opened:
            self.step.prepare(opened, self.place, Silent())

    def _rehearse(self) -> None:
        with self.place.lake() as opened:
            self.step.run(opened, self.place, Silent())

    def _renew(self) -> None:
        shutil.rmtree(self.place.root, ignore_errors=True)
        shutil.copytree(self.template.root, self.place.root)
        self.markers.place()

    def _state(self, opened: Lake) -> list[str]:
        return [contents(opened), self.step.beside(self.place)]

    def _states(self) -> list[list[str]]:
        """What the step may leave: the old, what each of its commits made of it, the new."""
        with self.template.lake() as before:
            last = snapshots(before)[-1]
        with self.place.lake() as after:
            new = self._state(after)
            made = [number for number in snapshots(after) if number > last]
        tables = []
        for number in made:
            with self.place.lake(snapshot=number) as then:
                tables.append(contents(then))
        self._renew()
        with self.place.lake() as before:
            old = self._state(before)
        both = [[state, beside] for state in (old[0], *tables) for beside in dict.fromkeys((old[1], new[1]))]
        return [old, *(state for state in both if state not in (old, new)), new]

    def kill(self) -> dict[str, Any] | None:
        """Kill one run; what was left and what came of the next, or None when the kill came too late."""
        self._renew()
        # Half of the kills go to commits and renames, where a step changes what others see.
        places = self.turns if self.turns and self.chance.random() < 0.5 else range(self.first, self.last)
        number = self.chance.choice(places)
        usual = self.events[number + 1][1] - self.events[number][1]
        run = Run(self.step, self.place, stop_at=number + 1)
        seen: list[str] = []
        for label in run:
            seen.append(label)
            if len(seen) == number + 1:
                run.give_leave()
                time.sleep(self.chance.random() * usual)
                os.kill(run.child, signal.SIGKILL)
        killed = run.ended()
        if killed == 0 or "end" in seen:
            return None
        if killed != -signal.SIGKILL:
            raise RuntimeError(f"{self.name} fails undisturbed after {seen[-3:]}")
        found = in_child(self._look)
        state, again = found["state"], found["again"]
        left = "broken"
        if state in self.states:
            left = {0: "old", len(self.states) - 1: "new"}.get(self.states.index(state), "between")
        return {
            "after": seen[-1],
            "left": left,
            "state": state if left == "broken" else None,
            "again": again == self.states[-1],
            "differs": None if again == self.states[-1] else again,
            "touched": found["touched"],
        }

    def _look(self) -> dict[str, Any]:
        touched = self.markers.touched()
        state = again = ["unreadable", ""]
        try:
            with self.place.lake() as opened:
                state = self._state(opened)
                self.step.run(opened, self.place, Silent())
                again = self._state(opened)
        except Exception:  # what cannot be read or does not run is a finding
            again = [traceback.format_exc(), ""]
        return {"state": state, "again": again, "touched": sorted({*touched, *self.markers.touched()})}


def kills(name: str, wanted: int, seed: int, root: Path) -> dict[str, Any]:
    """Kill a step until so many kills came in flight; counts, and whatever went wrong."""
    harness = Harness(name, root, seed)
    found: list[dict[str, Any]] = []
    for _ in range(4 * wanted):
        if outcome := harness.kill():
            found.append(outcome)
        if len(found) == wanted:
            break
    return {
        "step": name,
        "events": harness.last - harness.first,
        "kills": len(found),
        **{left: sum(one["left"] == left for one in found) for left in ("old", "between", "new", "broken")},
        "again": sum(one["again"] for one in found),
        "touched": sorted({path for one in found for path in one["touched"]}),
        "faults": [one for one in found if one["left"] == "broken" or not one["again"]],
        "expected": harness.states[-1],
    }


def answer(line: str, root: Path) -> None:
    """Do what a line asks for, and print what came of it."""
    name, wanted, seed = line.split()
    try:
        print(json.dumps(kills(name, int(wanted), int(seed), root)), flush=True)
    except Exception:  # what went wrong is the answer
        print(json.dumps({"failed": traceback.format_exc()}), flush=True)
    for made in ("template", "run"):
        shutil.rmtree(root / made, ignore_errors=True)


def main() -> NoReturn:
    """Load what steps load, make the lake they start from, then answer each line of standard input in a child."""
    without_threads(sys.argv)
    with tempfile.TemporaryDirectory(prefix="oda-kills-") as folder:
        root = Path(folder)
        # Made where it will run: sources and exports are remembered with their paths.
        load_what(lambda: begin(Place(root / "run")))
        (root / "run").rename(root / "begun")
        warm_loops()
        for line in sys.stdin:
            os.waitpid(fork(lambda line=line: answer(line, root)), 0)  # type: ignore[misc]
    os._exit(0)


if __name__ == "__main__":
    main()
