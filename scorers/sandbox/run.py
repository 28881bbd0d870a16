"""Running one program closed in: what it printed and how it ended, or that it could not be closed in and was not run.

Isolation is by the Linux kernel alone and needs no privilege where user namespaces are allowed: namespaces (no network,
no other processes, no files but the interpreter and the system's libraries, read-only), a filter of system calls, and
resource limits (`scorers.sandbox.inside`). Where the kernel or its configuration forbids one of these, nothing is run.
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lake.errors import OdaError

_INSIDE = Path(__file__).resolve().parent / "inside"
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/work",
    "TMPDIR": "/work",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_FIRST_UID = 1_879_048_192
"""User ids that nobody has: a run as root takes one of its own, so that its processes are counted apart."""

_RUNS = itertools.count()
_GRACE = 5.0
_OUT_OF_TIME = -int(signal.SIGXCPU)


class CannotIsolateError(OdaError):
    """Programs cannot be closed in on this machine."""


@dataclass(frozen=True)
class Limits:
    """What a program may use.

    - seconds: processor time of each process, whole; wall: of everything, the start of the interpreter included.
    - memory: bytes of address space of each process; disk: of all files together, which lie in memory.
    - processes: processes and threads at once; files: open at once; inodes: files that exist.
    - output: bytes of standard output and error together.
    """

    seconds: int = 10
    wall: float = 30.0
    memory: int = 512 << 20
    disk: int = 16 << 20
    processes: int = 8
    files: int = 64
    inodes: int = 512
    output: int = 64 << 10


@dataclass(frozen=True)
class Ran:
    """How a program ended.

    - outcome: `ended` by itself with `code` (negative: killed by that signal), out of `time`, or it wrote too much
      `output`.
    """

    outcome: Literal["ended", "time", "output"]
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself without an error."""
        return self.outcome == "ended" and self.code == 0


def run_python(
    program: str,
    *,
    stdin: str = "",
    texts: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    as_user: bool = False,
) -> Ran:
    """Run a Python program closed in, with the standard library of this interpreter.

    - texts: further files of its working folder, by name.
    - as_user: by a user namespace even where root could do without.

    Raises CannotIsolateError where the machine does not allow it; the program is not run then.
    """
    limits = limits or Limits()
    interpreter = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]  # outside of any environment
    prefix = Path(sys.base_prefix).resolve()
    folders = ["/usr", *(() if prefix.is_relative_to("/usr") else (str(prefix),))]
    with tempfile.TemporaryDirectory(prefix="oda-sandbox-") as place:
        task = {
            "argv": [str(interpreter), "-I", "-B", "-X", "utf8", "/work/program.py"],
            "environment": _ENVIRONMENT,
            "folders": folders,
            "place": place,
            "stdin": bool(stdin),
            "texts": {**(texts or {}), "program.py": _writable(program), **({".stdin": stdin} if stdin else {})},
            "limits": asdict(limits),
            "uid": None if as_user or os.geteuid() else _FIRST_UID + next(_RUNS) % 64 + os.getpid() % 4_000_000 * 64,
            "parent": os.getpid(),
        }
        return _watched([str(interpreter), "-I", "-S", "-B", str(_INSIDE)], task, limits)


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _watched(command: list[str], task: dict[str, Any], limits: Limits) -> Ran:
    """Start the launcher, read what comes, and end it when time or output is over."""
    report, tell = os.pipe()
    started = time.monotonic()
    try:
        process = subprocess.Popen(
            [*command, str(tell)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(tell,),
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
    finally:
        os.close(tell)
    with process, os.fdopen(report, "rb") as ended:
        try:
            outcome, out, err = _read(process, json.dumps(task).encode(), limits)
        finally:
            _kill(process)
        said = ended.read()
    seconds = time.monotonic() - started
    found = json.loads(said.splitlines()[0]) if said.strip() else {}
    if "refused" in found or (not found and outcome == "ended"):
        raise CannotIsolateError(
            f"Programs cannot be run here: {found.get('refused') or err.decode(errors='replace')[-300:]}.",
            hint="It takes Linux 5.12 or later with user namespaces allowed (sysctl user.max_user_namespaces, and on "
            "Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or root with CAP_SYS_ADMIN.",
        )
    code = int(found.get("exit", -found.get("signal", signal.SIGKILL)))
    outcome = "time" if code == _OUT_OF_TIME else outcome
    return Ran(outcome, code, out.decode(errors="replace"), err.decode(errors="replace"), seconds)


def _read(
    process: subprocess.Popen[bytes], task: bytes, limits: Limits
) -> tuple[Literal["ended", "time", "output"], bytes, bytes]:
    """Feed the task and read both outputs until they are closed, or the limits are reached."""
    assert process.stdin
    assert process.stdout
    assert process.stderr
    parts: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    out, err = parts.values()
    deadline = time.monotonic() + limits.wall
    with selectors.DefaultSelector() as ready:
        for stream in parts:
            ready.register(stream, selectors.EVENT_READ)
        with suppress(BrokenPipeError):  # the launcher says on its report why it ended
            process.stdin.write(task)
            process.stdin.close()
        while ready.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return "time", bytes(out), bytes(err)
            for key, _ in ready.select(left):
                got = os.read(key.fd, 1 << 16)
                if not got:
                    ready.unregister(key.fd)
                parts[key.fd] += got
            if len(out) + len(err) > limits.output:
                return "output", bytes(out[: limits.output]), bytes(err[: limits.output])
    try:
        process.wait(max(deadline - time.monotonic(), _GRACE))
    except subprocess.TimeoutExpired:
        return "time", bytes(out), bytes(err)
    return "ended", bytes(out), bytes(err)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the launcher; the system ends what it started, its processes die with the first of their namespace."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
