"""The launcher: closes itself in, starts one program there, and says how it ended.

It is a program of its own, of the standard library alone, started without site packages. A JSON object comes on
standard input; output of the program goes to descriptors 1 and 2; one JSON object about how it ended goes to the
descriptor that is the only argument: `{"exit": 0}`, `{"signal": 9}` or, where it cannot be closed in and nothing was
run, `{"refused": "why"}`.

Three processes: this one stays outside and waits; the first of the new process namespace sets limits and reaps; the
program is its child, so that when either ends everything in the namespace is killed by the system.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from calls import LIBC, close_privileges
from filter import install
from room import enter, furnish

REPORT = int(sys.argv[1])
_SET_PDEATHSIG, _SET_DUMPABLE = 1, 4


def main() -> None:
    """Run the program that standard input describes."""
    task = json.load(sys.stdin)
    LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != task["parent"]:
        return  # it died before the line above
    os.set_inheritable(REPORT, False)
    try:
        enter(user=task["uid"] is None)
        first = os.fork()
    except OSError as error:
        tell({"refused": f"{error.strerror or error} ({error.filename or 'unshare'})"})
        return
    if first == 0:
        os._exit(as_first(task))
    os.waitpid(first, 0)


def as_first(task: dict[str, Any]) -> int:
    """The first process of the namespace: furnish the room, start the program, say how it ended."""
    try:
        furnish(task)
        close_privileges(task["uid"])
        LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after: a change of user clears it
        LIBC.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
        program = os.fork()
    except OSError as error:
        tell({"refused": f"{error.strerror or error} ({error.filename or 'in the room'})"})
        return 1
    if program == 0:
        as_program(task)
    while True:
        ended, status = os.wait()
        if ended == program:
            code = os.waitstatus_to_exitcode(status)
            tell({"exit": code} if code >= 0 else {"signal": -code})
            return 0


def as_program(task: dict[str, Any]) -> None:
    """Become the program: limits, filter, nothing open but standard input and output."""
    try:
        os.setsid()
        os.dup2(os.open("/work/.stdin" if task["stdin"] else "/dev/null", os.O_RDONLY), 0)
        limit(task["limits"], beside=2 if task["uid"] is None else 1)
        install()
        os.execve(task["argv"][0], task["argv"], task["environment"])
    except OSError as error:
        tell({"refused": f"{error.strerror or error} ({error.filename or 'before the program'})"})
    finally:
        os._exit(127)


def limit(limits: dict[str, int], *, beside: int) -> None:
    """Resource limits of the program and each of its children; beside: the launcher's own that count as well."""
    import resource

    seconds = max(1, int(limits["seconds"]))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_NPROC, limits["processes"] + beside),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(what, (most, most))


def tell(ended: dict[str, Any]) -> None:
    """Say how it ended; the first word counts."""
    os.write(REPORT, json.dumps(ended).encode() + b"\n")


if __name__ == "__main__":
    main()
