"""The files below a folder, and what its symbolic links lead to.

- A link that leads out of the folder is not followed unless asked: a folder of a stranger must not bring in what lies
  elsewhere on the machine. Which links these are is told.
- A link that stays inside is a second name. A file has one name: its own, or that of a link where only the link is
  visible and has a data suffix; it is never read twice. Hard links are files of their own.
- In a download cache of the Hugging Face hub (`datasets--ORG--NAME/snapshots/COMMIT`) links into its `blobs` are the
  files themselves, also where two of them have equal content.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lake.errors import SourceError
from lake.sources.names import has_data_suffix, is_hidden

_CACHE = re.compile(r"(datasets|models|spaces)--.+")


@dataclass
class Walked:
    """Files by their name below the folder, and the links that were not followed, each with where it leads."""

    files: dict[str, Path] = field(default_factory=dict)
    unfollowed: list[str] = field(default_factory=list)


def walk(root: Path, *, follow_links: bool, starts: Sequence[tuple[str, Path]] | None = None) -> Walked:
    """Every regular file that is not hidden; raises SourceError for a folder that cannot be listed.

    - starts: files and folders within the root to look at, with their names, instead of all of it.
    """
    boundary = os.path.realpath(root)
    blobs = _blobs(boundary)
    found = Walked()
    own: dict[str, tuple[bool, str, Path]] = {}
    links: deque[tuple[str, Path]] = deque()
    entered: set[str] = set()

    def offer(name: str, path: Path, target: str, *, linked: bool) -> None:
        if blobs is not None and _is_within(target, blobs):
            found.files[name] = path
            return
        candidate = (not has_data_suffix(name), linked, name)
        standing = own.get(target)
        if standing is None or candidate < (not has_data_suffix(standing[1]), standing[0], standing[1]):
            own[target] = (linked, name, path)

    def enter(folder: Path, real: str, prefix: str, *, linked: bool) -> None:
        for name, path, is_link in _entries(folder, real, prefix, entered):
            if is_link:
                links.append((name, path))
            elif path.is_file():
                offer(name, path, real + str(path)[len(str(folder)) :], linked=linked)

    # Real folders come first, so that what has a name of its own keeps it.
    if starts is None:
        enter(root, boundary, "", linked=False)
    links.extend(starts or ())
    while links:
        name, path = links.popleft()
        target = os.path.realpath(path)
        linked = os.path.abspath(path) != target  # noqa: PTH100 - a text, as what it is compared with
        inside = _is_within(target, boundary) or (blobs is not None and _is_within(target, blobs))
        if not os.path.exists(target):  # noqa: PTH110 - a loop of links has no target either
            found.unfollowed.append(f"{name} (leads nowhere)")
        elif not inside and not follow_links:
            found.unfollowed.append(f"{name} -> {target}")
        elif os.path.isdir(target):  # noqa: PTH112 - a text, as the paths beside it
            enter(Path(target), target, f"{name}/" if name else "", linked=linked)
        elif os.path.isfile(target):  # noqa: PTH113
            offer(name, path, target, linked=linked)
    found.files.update({name: path for _, name, path in own.values()})
    found.unfollowed.sort()
    return found


def leads_outside(path: Path, folder: Path) -> bool:
    """Whether a file beside others is a symbolic link to somewhere else than its folder."""
    return path.is_symlink() and not _is_within(os.path.realpath(path), os.path.realpath(folder))


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _blobs(root: str) -> str | None:
    """The `blobs` folder beside the snapshots, where the folder is or is within a snapshot of a download cache."""
    for folder in (Path(root), *Path(root).parents):
        if folder.parent.name == "snapshots" and _CACHE.fullmatch(folder.parent.parent.name):
            return str(folder.parent.parent / "blobs")
    return None


def _entries(folder: Path, real: str, prefix: str, entered: set[str]) -> Iterator[tuple[str, Path, bool]]:
    """(name, path, is a link) of everything below but folders, each folder listed once in the whole walk."""
    todo = [(folder, prefix)]
    while todo:
        here, before = todo.pop()
        place = real + str(here)[len(str(folder)) :]
        if place in entered:
            continue
        entered.add(place)
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            reason = "no permission" if isinstance(error, PermissionError) else (error.strerror or str(error)).lower()
            raise SourceError(reason, file=here, hint="Give yourself the right to read it.") from None
        for entry in entries:
            if is_hidden(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                todo.append((here / entry.name, f"{before}{entry.name}/"))
            else:
                yield before + entry.name, here / entry.name, entry.is_symlink()


def unfollowed_links(unfollowed: Sequence[str]) -> tuple[str, str] | None:
    """Links that were not followed, in words, and what to do to have them read; None where there are none."""
    if not unfollowed:
        return None
    shown = ", ".join(unfollowed[:3]) + (f" and {len(unfollowed) - 3:,} more" if len(unfollowed) > 3 else "")
    noun = "symbolic link that leads" if len(unfollowed) == 1 else "symbolic links that lead"
    hint = "What lies outside of the folder is read only with --follow-links (ODA_FOLLOW_LINKS)."
    return f"{len(unfollowed):,} {noun} out of the folder or nowhere ({shown})", hint
