"""Kinds of values: each says what it accepts, converts what is given, refuses the rest; `lake.values` names them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from lake.errors import UnknownNameError, UsageError
from lake.names import validate_name

INT64 = 2**63 - 1
INT32 = 2**31 - 1

_WHOLE = re.compile(r"[+-]?[0-9]{1,400}|[+-]?[0-9]{1,40}(\.[0-9]{1,40})?[eE]\+?[0-9]{1,3}")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)


class Kind:
    """A kind of value; called with what a user gave, it returns the value or raises UsageError.

    - accepts: what it accepts, in words that follow "is not".
    - limits: its ends, for helps; empty where it has none worth saying.
    """

    accepts: str
    limits = ""

    def convert(self, given: Any) -> Any:
        """The value; raises ValueError where what was given is none."""
        raise NotImplementedError

    def __call__(self, given: Any) -> Any:
        """The value; raises UsageError saying what is accepted."""
        try:
            return self.convert(given)
        except (ValueError, TypeError, ArithmeticError):
            raise UsageError(f"{_shown(given)} is not {self.accepts}.") from None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """What pydantic asks of an annotation: convert first, then check the type."""
        from pydantic_core import core_schema  # late: the command line does without pydantic

        def convert(given: Any) -> Any:
            try:
                return None if given is None else self(given)
            except UsageError as error:
                raise ValueError(str(error).replace("\n", " ").rstrip(".")) from None

        return core_schema.no_info_before_validator_function(convert, handler(source))


def _shown(given: Any) -> str:
    text = ascii(given) if isinstance(given, str) and _unwritable(given) else repr(given)
    return text if len(text) <= 80 else text[:79] + "…"


def _unwritable(text: str) -> bool:
    """Whether a text holds what neither files nor databases take: NUL, or bytes that are not UTF-8."""
    return "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text)


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `low` to `high`, a multiple of `multiple`; `50e6` is one too."""

    low: int = -INT64 - 1
    high: int = INT64
    multiple: int = 1

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """The range in words."""
        several = f" and a multiple of {self.multiple}" if self.multiple > 1 else ""
        return f"a whole number from {self.low:,} to {self.high:,}{several}"

    @property
    def limits(self) -> str:  # type: ignore[override]
        """Both ends, unless the upper is that of a BIGINT."""
        several = f", a multiple of {self.multiple}" if self.multiple > 1 else ""
        return "" if self.high == INT64 else f"{self.low:,} to {self.high:,}{several}"

    def convert(self, given: Any) -> int:
        """The number."""
        if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
            given = Decimal(given.strip())
        if isinstance(given, (bool, str)) or not isfinite(given) or given != int(given):
            raise ValueError
        number = int(given)
        if not self.low <= number <= self.high or number % self.multiple:
            raise ValueError
        return number


@dataclass(frozen=True)
class Real(Kind):
    """A number from `low` to `high`; infinite only where that is said."""

    low: float | None = None
    high: float | None = None
    infinite: bool = False

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """The range in words."""
        if self.low is None and self.high is None:
            return "a number or infinity" if self.infinite else "a finite number"
        low = "" if self.low is None else f" from {self.low:g}"
        return f"a number{low}" + ("" if self.high is None else f" to {self.high:g}")

    @property
    def limits(self) -> str:  # type: ignore[override]
        """Both ends, where it has both."""
        return "" if self.low is None or self.high is None else f"{self.low:g} to {self.high:g}"

    def convert(self, given: Any) -> float:
        """The number."""
        if isinstance(given, str):
            text = given.strip()
            if not (_REAL.fullmatch(text) or (self.infinite and _INFINITE.fullmatch(text))):
                raise ValueError
        elif isinstance(given, bool):
            raise ValueError
        number = float(given)
        if isnan(number) or not (self.infinite or isfinite(number)):
            raise ValueError
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ValueError
        return number


class Boolean(Kind):
    """true or false."""

    accepts = "true or false"

    def convert(self, given: Any) -> bool:
        """The truth."""
        if str(given).lower() not in ("true", "false"):
            raise ValueError
        return str(given).lower() == "true"


@dataclass(frozen=True)
class OneOf(Kind):
    """One of some names; `what` says what they name."""

    what: str
    names: tuple[str, ...]

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """The names."""
        return f"one of {', '.join(self.names)}"

    def __call__(self, given: Any) -> str:
        """The name; raises UnknownNameError with close matches."""
        if not isinstance(given, str) or given not in self.names:
            shown = _shown(given).strip("'") if isinstance(given, str) else repr(given)
            raise UnknownNameError.of(self.what, shown, self.names)
        return str(given)


@dataclass(frozen=True)
class Text(Kind):
    """A text that is not empty; `what` says what it is, e.g. `the name of a dataset`."""

    what: str = "a text"
    longest: int = 1_000_000
    pattern: str = ""

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """What it is."""
        return f"{self.what} (1 to {self.longest:,} characters, no NUL, valid UTF-8)"

    def convert(self, given: Any) -> str:
        """The text."""
        if not isinstance(given, str) or not given.strip() or len(given) > self.longest or _unwritable(given):
            raise ValueError
        if self.pattern and not re.fullmatch(self.pattern, given):
            raise ValueError
        return given


class AnyText(Kind):
    """A text, which may be empty."""

    accepts = "a text without NUL, in valid UTF-8"

    def convert(self, given: Any) -> str:
        """The text."""
        if _unwritable(str(given)):
            raise ValueError
        return str(given)


@dataclass(frozen=True)
class Form(Text):
    """A text of a certain form; `what` describes it with an example."""

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """What it is."""
        return self.what


@dataclass(frozen=True)
class PathText(Kind):
    """A path of a file or folder, which need not exist; `~` is the user's home."""

    accepts: str = "a path"

    def convert(self, given: Any) -> Path:
        """The path."""
        if isinstance(given, Path):
            given = str(given)
        text = Text("a path", 4096).convert(given)
        return Path(text).expanduser()


@dataclass(frozen=True)
class NewName(Kind):
    """A name for something new, see `lake.names`."""

    what: str

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """What it names."""
        return f"a name for a {self.what}"

    def __call__(self, given: Any) -> str:
        """The name; raises UsageError with the rule and a better name."""
        if not isinstance(given, str) or _unwritable(given):
            raise UsageError(f"{_shown(given)} is not {self.accepts}.")
        return validate_name(self.what, given)


@dataclass(frozen=True)
class Day(Kind):
    """A date."""

    accepts: str = "a date such as 2025-01-31"

    def convert(self, given: Any) -> dt.date:
        """The date."""
        if isinstance(given, dt.date):
            return given
        if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            raise ValueError
        return dt.date.fromisoformat(given)


@dataclass(frozen=True)
class Assigned(Kind):
    """`left=right`, both given; kept as one text."""

    accepts: str

    def convert(self, given: Any) -> str:
        """The text."""
        left, sign, _ = Text(longest=100_000).convert(given).partition("=")
        if not sign or not left.strip():
            raise ValueError
        return str(given)


@dataclass(frozen=True)
class Listed(Kind):
    """Several of a kind in one text, separated by commas."""

    of: Kind

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """What each is."""
        return f"{self.of.accepts}, or several separated by commas"

    def convert(self, given: Any) -> list[Any]:
        """The values."""
        parts = [part.strip() for part in Text().convert(given).split(",")]
        return [self.of(part) for part in parts if part or len(parts) == 1] or [self.of("")]


@dataclass(frozen=True)
class OrEmpty(Kind):
    """A kind, or an empty text that says nothing."""

    of: Kind

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """What it is."""
        return f"{self.of.accepts}, or empty"

    def __call__(self, given: Any) -> Any:
        """The value."""
        return given if given == "" else self.of(given)


_SECONDS = {
    "millisecond": 1e-3, "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800,
    "month": 2_678_400, "year": 31_622_400,
}  # fmt: skip
_STRETCH = re.compile(rf"([0-9]{{1,12}}(?:\.[0-9]{{1,6}})?)\s*({'|'.join(_SECONDS)})s?", re.IGNORECASE)
_CENTURY = 100 * _SECONDS["year"]


class Duration(Kind):
    """A length of time as SQL writes it; kept as text."""

    accepts = "an interval such as '7 days' or '12 hours', at most 100 years"

    def convert(self, given: Any) -> str:
        """The text."""
        text = Text(longest=100).convert(given).strip()
        found = _STRETCH.findall(text)
        if not found or _STRETCH.sub("", text).strip(" ,"):
            raise ValueError
        if sum(float(number) * _SECONDS[unit.lower()] for number, unit in found) > _CENTURY:
            raise ValueError
        return text


_UNITS = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_AMOUNT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([KMGT]i?B|B)", re.IGNORECASE)


class Memory(Kind):
    """An amount of memory as DuckDB writes it; kept as text."""

    accepts = "an amount of memory such as 4GB, from 16MB to 1000TB"

    def convert(self, given: Any) -> str:
        """The text."""
        text = Text(longest=40).convert(given).strip()
        found = _AMOUNT.fullmatch(text)
        if found is None or not 16e6 <= float(found[1]) * _UNITS[found[2].upper()] <= 1e15:
            raise ValueError
        return text
