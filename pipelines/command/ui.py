"""`oda ui`: the same lake as Dagster assets, in a browser."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from lake.errors import UsageError
from lake.values import HOST, PORT
from pipelines.command import interrupts
from pipelines.command.session import Session, single

DEFINITIONS = "dagster_project.definitions"

PATIENCE = 60.0
"""Seconds that Dagster has to end its servers and runs, once asked; the second signal ends them at once."""

DYING = 10.0
"""Seconds that killed processes have to be gone: one that waits for a disk is killed no sooner."""


@single(
    "ui",
    "oda ui  # then open http://127.0.0.1:3000",
    "oda ui --port 3001 --host 0.0.0.0  # for other machines too; there is no log-in",
)
def app(
    session: Session,
    port: Annotated[int, PORT, typer.Option("--port", metavar="N", help="Port to listen on.")] = 3000,
    host: Annotated[str, HOST, typer.Option("--host", metavar="NAME", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start the Dagster UI: materialise datasets and scores, watch runs, see checks and plots.

    Runs until Ctrl-C or SIGTERM. Dagster keeps its runs in the folder `dagster` of the lake's home.
    """
    interrupts.listen(always=True)  # a server that a script starts in the background must be endable too
    settings = session.settings()
    if not _free(host, port):
        raise UsageError(f"Port {port} of {host} is taken.", hint=f"Choose another: oda ui --port {port + 1}")
    with session.lake(write=True, create=True):
        pass  # a lake of this program's schema must be there before several processes open it
    from pipelines.dagster_home import prepare

    home = settings.home.resolve()
    instance = prepare(settings)
    url = f"http://{host}:{port}"
    if session.json:
        session.out.document({"url": url, "home": str(home), "dagster_home": str(instance)})
    else:
        session.out.line(f"Dagster UI of {home}: {url} (Ctrl-C stops it)")
    session.out.flush()
    status = _serve(home=home, instance=instance, host=host, port=port)
    if status:
        raise typer.Exit(1)
    session.out.remark("Stopped.")


def _free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"{host!r} is no address of this machine: {error}.") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            raise UsageError(f"No permission to listen on port {port}.", hint="Choose one above 1023.") from None
        except OSError:
            return False
    return True


def _serve(*, home: Path, instance: Path, host: str, port: int) -> int:
    """Run Dagster until it ends or a signal asks for that; nothing that it started outlives this."""
    command = [sys.executable, "-m", "dagster", "dev", "-m", DEFINITIONS, "-h", host, "-p", str(port)]
    environment = {**os.environ, "ODA_HOME": str(home), "DAGSTER_HOME": str(instance)}
    asked: list[float] = []
    process: subprocess.Popen[bytes] | None = None

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.append(time.monotonic())
        if process is not None and len(asked) == 1:
            process.send_signal(signal.SIGINT)

    with interrupts.left_to_the_caller():
        # Heard before Dagster starts: what is ignored here would be ignored there, and what is heard here is not.
        before = {number: signal.signal(number, ask) for number in interrupts.SIGNALS}
        try:
            # A session of its own: Ctrl-C in the terminal reaches Dagster once, through us, and not twice.
            process = subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True)
            if asked:
                process.send_signal(signal.SIGINT)
            while len(asked) < 2 and not (asked and time.monotonic() > asked[0] + PATIENCE):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(0.2)
                    return 0 if asked else status
            return 0
        finally:
            if process is not None:
                _kill_session(process.pid)
                process.wait()
            for number, handler in before.items():
                signal.signal(number, handler)


def _kill_session(leader: int) -> None:
    """Kill every process of a session: servers of Dagster that were not ended, and what they started meanwhile.

    A process is there for a moment after it was killed, and one that was not seen yet may have started another.
    """
    with contextlib.suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    ends = time.monotonic() + DYING
    while (alive := _session(leader)) and time.monotonic() < ends:
        for process in alive:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)


def _session(leader: int) -> list[int]:
    """The processes of a session that have not ended; none where the system does not list them in files."""
    found = []
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        # Its fields after the name in parentheses: state, parent, group, session.
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state not in "ZX":
                found.append(int(entry.name))
    return found
