"""`oda` as a program: hears signals from its first moment, then loads the command and runs it."""

from __future__ import annotations

import signal
from typing import NoReturn


def run() -> NoReturn:
    """Run `oda` as a program."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing has begun yet: end without a traceback
    import atexit
    import os
    import sys
    from pathlib import Path

    from pipelines.command import interrupts

    status = 1
    try:
        interrupts.listen()
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:  # closed by whoever started the program
                setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        from pipelines.command.main import main  # late: an interrupt meanwhile is heard

        status = main(sys.argv[1:])
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:  # before the command began or after it ended
        interrupts.end()
    interrupts.finished(status)
    if interrupts.requested():
        interrupts.restore_terminal()
    if not interrupts.left_behind():
        atexit._run_exitfuncs()
    interrupts.leave_scratch()
    # Everything is closed; taking the libraries apart piece by piece would keep people waiting for a third of a second.
    os._exit(status)
