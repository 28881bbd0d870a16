"""What is known about a dataset besides its rows: from `dataset.yaml`, a card, or flags."""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lake.errors import SourceError, UsageError
from lake.formats.base import FIELDS

LARGEST_BYTES = 1 << 20
"""Largest description or card that is read, in bytes."""


class Description(BaseModel):
    """Facts about a dataset that its rows do not hold; every one may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(default=None, description="name in the lake")
    kind: Literal["train", "benchmark"] | None = Field(default=None, description="what it is for")
    domains: list[str] = Field(default_factory=list, description="subject areas, such as math or code")
    license: str | None = Field(default=None, description="licence as its source names it")
    released: dt.date | None = Field(default=None, description="release date, as 2025-01-31")
    source: str | None = Field(default=None, description="where it was published")
    parents: list[str] = Field(default_factory=list, description="datasets it was made from")
    card: str | None = Field(default=None, description="text of its card, Markdown")
    mapping: dict[str, str] = Field(default_factory=dict, description="canonical field -> source column")
    splits: list[str] = Field(default_factory=list, description="the only splits to read; none means all")

    @field_validator("domains", "parents", "splits", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("released", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        # A bare year is a number in YAML, and pydantic would take numbers for seconds since 1970.
        if isinstance(value, bool | int | float):
            raise ValueError("a date is written like 2025-01-31")
        return value

    @field_validator("mapping")
    @classmethod
    def _known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        for field in value:
            if field not in FIELDS:
                raise ValueError(f"there is no field {field[:80]!r}; fields are {', '.join(FIELDS)}")
        return value


KEYS = tuple(Description.model_fields)


def merge(base: Description, **flags: Any) -> Description:
    """The description with flags laid over it: None or empty says nothing, a mapping adds to the mapping.

    Raises UsageError naming the flag that is unknown or of a wrong type.
    """
    given = {key: value for key, value in flags.items() if value not in (None, "", [], {})}
    if isinstance(given.get("mapping"), dict):
        given["mapping"] = {**base.mapping, **given["mapping"]}
    try:
        return Description.model_validate({**base.model_dump(exclude_unset=True), **given})
    except ValidationError as error:
        problem, way_out = _first_problem(error)
        raise UsageError(f"The description of the dataset is wrong: {problem}.", hint=way_out) from None


def parse(text: str, *, file: str | Path) -> Description:
    """The description written in YAML; an empty text describes nothing.

    Raises SourceError naming file and key, with the accepted keys.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        place = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise SourceError(f"not valid YAML{place}: {error.problem or error.context}", file=file) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(f"not valid YAML: {str(error).splitlines()[0]}", file=file) from None
    if content is None:
        return Description()
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise SourceError("not a list of 'key: value' lines", file=file, hint=_accepted())
    try:
        return Description.model_validate({key: value for key, value in content.items() if value is not None})
    except ValidationError as error:
        problem, way_out = _first_problem(error)
        raise SourceError(problem, file=file, hint=way_out) from None


def read(path: Path) -> Description:
    """The description in a YAML file; raises SourceError as `parse`, or when it cannot be read."""
    return parse(read_text(path), file=path)


def read_text(path: Path, *, lenient: bool = False) -> str:
    """A small UTF-8 file as text; bytes that are not UTF-8 are replaced if `lenient`, else a SourceError."""
    try:
        with path.open("rb") as handle:
            content = handle.read(LARGEST_BYTES + 1)
    except OSError as error:
        reason = "no permission" if isinstance(error, PermissionError) else (error.strerror or str(error)).lower()
        raise SourceError(reason, file=path) from None
    if len(content) > LARGEST_BYTES and not lenient:
        raise SourceError(f"larger than {LARGEST_BYTES:,} bytes, too large for a description", file=path)
    try:
        return content.decode("utf-8-sig", "replace" if lenient else "strict")
    except UnicodeDecodeError as error:
        raise SourceError("not UTF-8", file=path, offset=error.start, hint="Convert the file to UTF-8.") from None


def _first_problem(error: ValidationError) -> tuple[str, str]:
    # The value itself is not shown: it may be huge, or nested without end by YAML anchors.
    first = error.errors(include_url=False, include_input=False)[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(key.lower(), KEYS, n=1)
        return f"unknown key {key[:80]!r}", f"Did you mean {close[0]}? {_accepted()}" if close else _accepted()
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message[:1].lower()}{message[1:]}", _accepted()


def _accepted() -> str:
    return f"Accepted keys: {', '.join(KEYS)}."
