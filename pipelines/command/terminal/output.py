"""What a command prints: one JSON document for programs, text for people, never both on standard output."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import orjson
from rich.color import ColorSystem
from rich.style import Style

from lake.errors import OdaError
from lake.redaction import redact, redact_known

_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_INT64 = 2**63


class ClosedOutput(Exception):  # noqa: N818 - not a failure: whoever read the output has seen enough
    """The reader of standard output went away, as `| head` does."""


class OutputError(OdaError):
    """Standard output refused what was written, as a full disk does."""


def plain(value: Any) -> Any:
    """A value orjson does not know, as one it knows; raises TypeError for what has no JSON form."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value)) if value.is_finite() else None
    if isinstance(value, bytes):
        return text_of_bytes(value)
    if isinstance(value, dt.timedelta | PurePath):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "as_dict"):
        return value.as_dict()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def text_of_bytes(value: bytes) -> str:
    r"""Bytes as text; those that are no UTF-8 as `\xNN`."""
    return value.decode("utf-8", "backslashreplace")


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """JSON in UTF-8: NaN and infinities become null, large integers and decimals keep every digit."""
    options = _JSON_OPTIONS | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(value, plain, options)
    except TypeError:
        return orjson.dumps(_widened(value), plain, options)


def _widened(value: Any) -> Any:
    """The value with integers beyond 64 bits as literal digits, which orjson refuses otherwise."""
    if isinstance(value, dict):
        return {key: _widened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_widened(item) for item in value]
    if isinstance(value, int) and not -_INT64 <= value < 2 * _INT64:
        return orjson.Fragment(str(value))
    return value


def coloured(stream: Any) -> bool:
    """Whether colour codes may go to the stream: a terminal, and NO_COLOR is not set."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, *, enabled: bool) -> str:
    """Text in a style such as `bold red` when enabled."""
    if not enabled:
        return text
    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


@contextlib.contextmanager
def _watching_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ClosedOutput from None
    except OSError as error:
        raise OutputError(f"Cannot write to standard output: {error.strerror or error}.") from None


def abandon() -> None:
    """Give standard output somewhere to go: the interpreter flushes it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@dataclass(frozen=True)
class Output:
    """Where the command's results go.

    - json: print documents, no text for people.
    - quiet: print results, no remarks.
    """

    json: bool = False
    quiet: bool = False

    def write(self, data: str | bytes) -> None:
        """Write to standard output; raises ClosedOutput when nobody reads it any more."""
        with _watching_output():
            if isinstance(data, str):
                encoding = sys.stdout.encoding or "utf-8"
                sys.stdout.write(data.encode(encoding, "replace").decode(encoding))
            else:
                sys.stdout.flush()
                sys.stdout.buffer.write(data)

    def flush(self) -> None:
        """Push out what is buffered; raises ClosedOutput like `write`."""
        with _watching_output():
            sys.stdout.flush()

    def document(self, value: Any) -> None:
        """Print a value as the one JSON document of this command."""
        self.write(redact_known(dumps(value, indent=True).decode()).encode() + b"\n")

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line of the result for people; nothing with --json."""
        if not self.json:
            text = redact_known(text)
            self.write((styled(text, style, enabled=coloured(sys.stdout)) if style else text) + "\n")

    def remark(self, text: str) -> None:
        """Print a line that is not part of the result, on standard error; nothing with --quiet or --json."""
        if not self.quiet and not self.json:
            sys.stderr.write(styled(redact(text), "dim", enabled=coloured(sys.stderr)) + "\n")
