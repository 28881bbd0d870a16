"""Errors a user can act on: each names the thing, the place and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from lake.redaction import redact


def is_interrupt(error: BaseException) -> bool:
    """Whether an exception is what became of Ctrl-C, so that what it stopped may have been done all the same."""
    if isinstance(error, KeyboardInterrupt):
        return True
    # DuckDB raises RuntimeError("Query interrupted") from the KeyboardInterrupt, or its own InterruptException.
    return isinstance(error.__cause__, KeyboardInterrupt) or type(error).__name__ == "InterruptException"


class OdaError(Exception):
    """Any failure with an explanation for the user.

    - message: what is wrong and where, one sentence.
    - hint: the way out, one sentence; may be empty.
    - exit_code: the exit status of the `oda` command.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        message, hint = redact(message), redact(hint)
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders: rebuild from the attributes, not from the constructor.
        return (_rebuild, (type(self), self.__dict__))

    def as_dict(self) -> dict[str, object]:
        """The error as one JSON object: `error`, `message`, `hint` and what the class adds."""
        extra = {k: v for k, v in self.__dict__.items() if k not in ("message", "hint")}
        return {"error": type(self).__name__, "message": self.message, "hint": self.hint, **extra}


def _rebuild(cls: type[OdaError], state: dict[str, object]) -> OdaError:
    error = cls.__new__(cls)
    Exception.__init__(error, state.get("message"))
    error.__dict__.update(state)
    return error


class UsageError(OdaError):
    """The request itself is wrong: a bad name, option or parameter.

    - given: the value that is wrong, where it is one; a command finds the option by it.
    """

    exit_code = 2
    given: str | None = None

    def about(self, given: object) -> Self:
        """The error itself, which now says which value is wrong."""
        self.given = str(given)
        return self


class UnknownNameError(UsageError):
    """A name that does not exist, with the close matches among those that do."""

    @classmethod
    def of(cls, kind: str, name: str, available: Iterable[str], *, hint: str = "") -> UnknownNameError:
        """Name the missing thing, suggest close matches, else list what exists."""
        names = sorted(available)
        close = difflib.get_close_matches(name, names, n=3)
        if close:
            way_out = f"Did you mean {', '.join(close)}?"
        elif names:
            shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
            way_out = f"Available ({len(names)}): {shown}."
        else:
            way_out = f"There is no {kind} yet."
        return cls(f"Unknown {kind} {name!r}.", hint=f"{way_out} {hint}".strip()).about(name)


class SourceError(OdaError):
    """A source that cannot be ingested: which file, at which byte, and why."""

    def __init__(self, reason: str, *, file: str | Path, offset: int | None = None, hint: str = "") -> None:
        place = f"{file}" + (f", byte {offset:,}" if offset is not None else "")
        super().__init__(f"Cannot read {place}: {reason}", hint=hint)
        self.file = str(file)
        self.offset = offset
        self.reason = reason


class LakeError(OdaError):
    """The lake is missing, of another version, or cannot be reached."""


class DamageError(LakeError):
    """A file of the lake, or its catalogue, is gone or broken."""


class ConflictError(OdaError):
    """Other writers kept committing first until the retries ran out; nothing was changed."""


class UncertainError(OdaError):
    """The answer to a commit was lost: it may have happened, so nothing it would have added may be deleted."""


class StorageError(OdaError):
    """The disk refused a write; what was committed before is intact."""


class MissingExtraError(OdaError):
    """An optional dependency is needed: the message says which extra brings it."""

    @classmethod
    def of(cls, thing: str, extra: str) -> MissingExtraError:
        """Say which extra to install for the thing asked."""
        return cls(f"{thing} needs the extra '{extra}'.", hint=f"pip install -e '.[{extra}]'")
