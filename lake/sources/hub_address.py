"""Addresses of dataset repositories: `hf://org/name[@revision][/folder][#config]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from lake.errors import UsageError

_FORM = "hf://org/name, with @revision, /folder and #configuration where needed"
_ADDRESS = re.compile(
    r"hf://(?:datasets/)?(?P<repository>[^/@#]+(?:/[^/@#]+)?)"
    r"(?:@(?P<revision>refs/(?:convert/[\w.-]+|pr/\d+)|[^/#]+))?"
    r"(?:/(?P<path>[^#]*))?(?:#(?P<config>.+))?",
    re.IGNORECASE,
)
_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")


def is_hub_address(source: str) -> bool:
    """Whether a source is written as an address of the hub."""
    return source.lower().startswith("hf://")


@dataclass(frozen=True)
class HubAddress:
    """A dataset repository, and what of it is meant.

    - path: folder or file within it; empty for all of it.
    - config: configuration of its card.
    """

    repository: str
    revision: str | None = None
    path: str = ""
    config: str | None = None

    @classmethod
    def parse(cls, text: str, *, revision: str | None = None) -> HubAddress:
        """Read an address; a slash within a revision is written %2F, except in refs/convert and refs/pr.

        Raises UsageError naming the part that is wrong, or when two revisions are given.
        """
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise UsageError(f"{text!r} is not an address of the hub.", hint=f"Write it as {_FORM}.")
        repository = found["repository"]
        if repository.startswith(("models/", "spaces/", "buckets/")):
            raise UsageError(f"{text!r} does not name a dataset repository.", hint=f"Write it as {_FORM}.")
        wrong = [part for part in repository.split("/") if not _PART.fullmatch(part) or ".." in part or "--" in part]
        if wrong:
            raise UsageError(
                f"{wrong[0]!r} cannot be part of the name of a repository (in {text!r}).",
                hint="Names on the hub have letters, digits, '-', '_' and '.'.",
            )
        written = unquote(found["revision"]) if found["revision"] else None
        if written and revision and written != revision:
            raise UsageError(f"Two revisions are given: {written!r} and {revision!r}.", hint="Leave one of them out.")
        path = (found["path"] or "").strip("/")
        if any(part in ("", ".", "..") for part in path.split("/")) and path:
            raise UsageError(f"{path!r} is not a folder of a repository.", hint=f"Write it as {_FORM}.")
        return cls(repository, written or revision, path, found["config"])

    @property
    def uri(self) -> str:
        """The address without the revision: what stays the same when the repository moves on."""
        path = f"/{self.path}" if self.path else ""
        return f"hf://{self.repository}{path}" + (f"#{self.config}" if self.config else "")
