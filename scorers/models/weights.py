"""Where the weights of a model lie on this machine, which revision they are, and whether they are whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xxhash

from lake.errors import OdaError
from scorers.models.facts import ModelFacts

DECIDING = frozenset({".safetensors", ".bin", ".json", ".txt", ".jinja", ".model", ".py"})
"""Endings of the files that decide what a model answers."""

_BLOCK = 1 << 22


class AbsentError(OdaError):
    """The weights of a model are not on this machine, or not whole."""


@dataclass(frozen=True)
class Weights:
    """A folder in the layout of the hub; revision: commit of the hub, or hash of a folder's files."""

    folder: Path
    revision: str


def locate(facts: ModelFacts) -> Weights:
    """The weights; raises AbsentError with the command that fetches them. Nothing is downloaded."""
    found = at_hand(facts)
    if found is None:
        where = facts.folder or f"the cache of the hub ({hub_cache()})"
        raise AbsentError(
            f"The weights of {facts.name} ({facts.id}) are not in {where}.",
            hint=f"Fetch them: oda models fetch {facts.name}; without network, copy the folder and name it as "
            f"`weights` in a file {facts.name}.toml of your models folder (docs/models.md).",
        )
    if lacking := next(missing(found.folder, facts), None):
        raise AbsentError(
            f"The weights of {facts.name} in {found.folder} are not whole: {lacking}.",
            hint=f"Go on fetching them: oda models fetch {facts.name}",
        )
    return found


def at_hand(facts: ModelFacts, *, hashed: bool = True) -> Weights | None:
    """The weights without a look at whether they are whole; None where there are none.

    hashed: read the files of a folder for its revision, which is empty otherwise.
    """
    if facts.folder is not None:
        revision = revision_of(facts.folder) if hashed and facts.folder.is_dir() else ""
        return Weights(facts.folder, revision) if facts.folder.is_dir() else None
    cached = hub_cache() / ("models--" + facts.id.replace("/", "--"))
    commit = facts.revision
    reference = cached / "refs" / (commit or "main")
    if reference.is_file():
        commit = reference.read_text(encoding="utf-8").strip()
    snapshot = cached / "snapshots" / commit
    return Weights(snapshot, commit) if commit and snapshot.is_dir() else None


def missing(folder: Path, facts: ModelFacts) -> Iterator[str]:
    """What a folder lacks of a model, one sentence part each; looks at names only."""
    if facts.head == "fasttext":
        if not (folder / (facts.module or "model.bin")).is_file():
            yield f"{facts.module or 'model.bin'} is missing"
        return
    if not (folder / "config.json").is_file():
        yield "config.json is missing"
    index = next(iter(sorted(folder.glob("*.index.json"))), None)
    if index is not None:
        try:
            files = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError):
            yield f"{index.name} cannot be read"
            return
        yield from (f"{name} is missing" for name in files if not (folder / name).is_file())
    elif not any(any(folder.glob(f"*{ending}")) for ending in (".safetensors", ".bin")):
        yield "no file of weights is there"


def size_of(folder: Path) -> int:
    """Bytes of the files of a folder, links followed."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts)


def hub_cache() -> Path:
    """The folder in which the Hugging Face client keeps what it fetched."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    return Path(named) if named else Path(home) / "hub"


def revision_of(folder: Path) -> str:
    """Hash of the files of a folder that decide its numbers."""
    digest = xxhash.xxh3_128()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in DECIDING and path.is_file() and ".cache" not in inside.parts:
            digest.update(inside.as_posix().encode())
            with path.open("rb") as handle:
                while block := handle.read(_BLOCK):
                    digest.update(block)
    return digest.hexdigest()


def damaged(weights: Weights) -> Iterator[tuple[str, str]]:
    """Files whose bytes are not what the hub's client recorded when it fetched them, with why; reads all of them.

    A folder that nothing is recorded of gives nothing: its revision is the hash of what is there.
    """
    for path, expected in _recorded(weights.folder):
        if not path.is_file():
            yield path.name, "is missing"
        elif _etag(path, expected) != expected:
            yield path.name, "is not what the hub gave; it is damaged or was changed"


def _recorded(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files and the hash the hub's client knows of them: SHA-256 of large ones, Git's blob hash of others."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.parent.joinpath(path.readlink()).parent.name == "blobs":
            yield path, path.readlink().name
    notes = folder / ".cache" / "huggingface" / "download"
    for note in sorted(notes.rglob("*.metadata")) if notes.is_dir() else ():
        lines = note.read_text(encoding="utf-8").splitlines()
        if len(lines) >= 2:
            yield folder / note.relative_to(notes).with_suffix(""), lines[1].strip()


def _etag(path: Path, like: str) -> str:
    if len(like) == 64:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
