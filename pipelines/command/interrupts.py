"""Ctrl-C, SIGTERM and SIGHUP: one KeyboardInterrupt in the main thread, and an end that comes whatever becomes of it.

An interrupt can get lost: Python forgets exceptions in finalisers, libraries forget them while they are imported, and
a main thread that waits inside a library hears nothing. So the interrupt waits until imports are over, comes again
where Python says that it was forgotten, and a thread that watches ends the process when PATIENCE is over or at the
second signal. That loses nothing: every commit is whole or not there, and leftovers are removed by later runs.

Signals that were ignored when the program started stay ignored, as shells want it of what runs in the background.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from lake.catalog import Lake

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE = 10.0
"""Seconds from an interrupt to the end of the process, for cleaning up and for what cannot be interrupted."""

HINT = "What was committed is kept; run the same command again to continue."

_IMPORT_PATIENCE = 1.0
_QUERY_PATIENCE = 2.0
_AGAIN = 0.02

_stuck: list[threading.Thread] = []


class _State:
    """What is known of this process.

    - first: the signal that asked for the end; at: when.
    - status: the exit status once nothing is left to do.
    - terminal: how the terminal was before.
    """

    listening = False
    first: int | None = None
    at = 0.0
    status: int | None = None
    terminal: list[Any] | None = None


def listen(*, always: bool = False) -> None:
    """Begin to hear signals; call it once, in the main thread, before anything heavy is imported.

    - always: hear also those that were ignored when the program started.
    """
    heard = [number for number in SIGNALS if always or signal.getsignal(number) != signal.SIG_IGN]
    for number in heard:
        signal.signal(number, _handle)
    if _State.listening:
        return
    _State.listening = True
    with contextlib.suppress(OSError, ValueError, termios.error):
        _State.terminal = termios.tcgetattr(sys.stdin.fileno()) if sys.stdin.isatty() else None
    signal.signal(signal.SIGALRM, _handle)
    sys.unraisablehook = _forgotten
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading,), daemon=True, name="interrupts").start()


def _handle(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt in the main thread, once, and not within an import."""
    if number != signal.SIGALRM:
        if _State.first is not None:
            return  # the watching thread has ended the process
        _State.first, _State.at = number, time.monotonic()
    if _State.status is not None or _State.first is None:
        return
    if _importing(frame):
        if time.monotonic() > _State.at + _IMPORT_PATIENCE:
            end(_State.first)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        return
    raise KeyboardInterrupt


def _importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _forgotten(what: Any) -> None:
    """Have the interrupt come again that Python forgets, as it does in finalisers and callbacks."""
    if _State.first is not None and issubclass(what.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    else:
        sys.__unraisablehook__(what)


def _watch(reading: int) -> None:
    """End the process when patience is over or at the second signal, whatever the main thread does."""
    first = _next(reading, None)
    if first is None or _State.status is not None:
        os._exit(_State.status or 0)
    _next(reading, time.monotonic() + PATIENCE)
    end(first)


def _next(reading: int, deadline: float | None) -> int | None:
    """The next of the signals, or None when the deadline is over."""
    while deadline is None or time.monotonic() < deadline:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if select.select([reading], [], [], left)[0]:
            for number in os.read(reading, 1):
                if number in SIGNALS:
                    return number
    return None


def end(number: int | None = None) -> NoReturn:
    """End the process here and now, with a word on standard error."""
    number = number or _State.first or signal.SIGINT
    restore_terminal()
    word = _word(number)
    if "--json" in sys.argv:
        text = f'{{"error":"Interrupted","message":"{word}","hint":"{HINT}","exit_code":{128 + number}}}\n'
    else:
        text = f"Error: {word}\n{HINT}\n"
    with contextlib.suppress(OSError):
        os.write(2, text.encode())
    leave_scratch()
    os._exit(128 + number)


def leave_scratch() -> None:
    """Remove the scratch folders of this process; after a kill, which cannot, the next start does."""
    with contextlib.suppress(Exception):
        if (workplace := sys.modules.get("lake.workplace")) is not None:
            workplace.leave()


def restore_terminal() -> None:
    """Give the terminal back as it was: a line editor and progress bars may have changed it."""
    with contextlib.suppress(OSError, ValueError, termios.error, AttributeError):
        if _State.terminal is not None:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, _State.terminal)
        if os.isatty(2):
            os.write(2, b"\x1b[?25h")  # the cursor


def requested() -> bool:
    """Whether somebody asked for the end."""
    return _State.first is not None


def outcome() -> tuple[str, int]:
    """The word and the exit status of an interrupted program: 128 and the number of the signal, as in shells."""
    number = _State.first or signal.SIGINT
    return _word(number), 128 + number


def _word(number: int) -> str:
    return "Interrupted." if number == signal.SIGINT else "Terminated."


def finished(status: int) -> None:
    """Say that nothing is left to do: what comes now ends the process with this status."""
    _State.status = status


@contextlib.contextmanager
def left_to_the_caller() -> Iterator[None]:
    """Ctrl-C as Python has it, a KeyboardInterrupt each time; SIGTERM and SIGHUP end the process at once."""
    if not _State.listening:
        yield
        return
    wakeup = signal.set_wakeup_fd(-1)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler == _handle:
            own = signal.default_int_handler if number == signal.SIGINT else lambda number, _: end(number)
            signal.signal(number, own)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)


def usable(lake: Lake) -> bool:
    """Whether a connection answers again after an interrupt; one that does not must not be touched any more.

    DuckDB stops a query between two chunks of its source. A join that makes billions of rows from one chunk does not
    look up for hours, and the connection waits for it when it is used or closed. Such a connection is left behind.
    """

    def ask() -> None:
        with contextlib.suppress(Exception):
            lake.connection.execute("select 1").fetchall()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_QUERY_PATIENCE)
    if asking.is_alive():
        _stuck.append(asking)
        return False
    return True


def left_behind() -> bool:
    """Whether some connection is still busy, so that the process must end without waiting for it."""
    return any(thread.is_alive() for thread in _stuck)
