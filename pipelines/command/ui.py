"""`oda ui`: the same lake as Dagster assets, in a browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from lake.errors import UsageError
from lake.values import HOST, PORT
from pipelines.command.session import Session, single

DEFINITIONS = "dagster_project.definitions"


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

    Runs until Ctrl-C. Dagster keeps its runs in the folder `dagster` of the lake's home.
    """
    settings = session.settings()
    if not _free(host, port):
        raise UsageError(f"Port {port} of {host} is taken.", hint=f"Choose another: oda ui --port {port + 1}")
    with session.lake(write=True, create=True):
        pass  # a lake of this program's schema must be there before several processes open it
    from dagster_project.home import prepare

    home = settings.home.resolve()
    instance = prepare(settings)
    url = f"http://{host}:{port}"
    if session.json:
        session.out.document({"url": url, "home": str(home), "dagster_home": str(instance)})
    else:
        session.out.line(f"Dagster UI of {home}: {url} (Ctrl-C stops it)")
    session.out.flush()
    status = _serve(home=home, instance=instance, host=host, port=port)
    if status not in (0, -signal.SIGINT, -signal.SIGTERM):
        raise typer.Exit(1)


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
    """Run Dagster until it ends; interrupts and terminations reach it, and its end is waited for."""
    command = [sys.executable, "-m", "dagster", "dev", "-m", DEFINITIONS, "-h", host, "-p", str(port)]
    environment = {**os.environ, "ODA_HOME": str(home), "DAGSTER_HOME": str(instance)}
    # A session of its own: Ctrl-C in the terminal reaches Dagster once, through us, and not twice.
    process = subprocess.Popen(command, env=environment, stdout=sys.stderr, start_new_session=True)

    def forward(number: int, _frame: FrameType | None) -> None:
        process.send_signal(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)

    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
