"""Where documents about datasets come from: cards of the lake, a folder of documents, the hub."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lake.errors import OdaError, UnknownNameError, UsageError
from lake.sources import card, description
from lake.sources.hub_address import HubAddress
from pipelines.tracing.claims import Document

SUFFIXES = (".md", ".txt", ".rst", ".yaml")


@dataclass(frozen=True)
class Held:
    """What a shelf holds of a dataset: documents, and the facts they state in fields.

    - parents: those of a field of a description or of front matter.
    - sources: (place, text) of what was read, as it stands; kept in the lake, so that it is at hand without the shelf.
    """

    documents: tuple[Document, ...] = ()
    parents: tuple[str, ...] = ()
    license: str | None = None
    released: dt.date | None = None
    sources: tuple[tuple[str, str], ...] = ()


class Shelf(Protocol):
    """A place that may hold documents about a dataset."""

    def held(self, node: str) -> Held:
        """What there is on a dataset; empty where there is nothing."""
        ...


class Folder:
    """A folder of documents: `NAME.md` or files in a folder `NAME`, for `org/name` named `org__name`.

    Texts are read as they are; `dataset.yaml` in a folder states facts, and so does front matter.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UsageError(f"There is no folder {root}.", hint="Name the folder that holds documents.").about(root)
        self._root = root

    def held(self, node: str) -> Held:
        """What the folder has on a dataset."""
        name = node.replace("/", "__")
        if not name or Path(name).name != name or name.startswith("."):
            return Held()
        inside = self._root / name
        files = [self._root / f"{name}{suffix}" for suffix in SUFFIXES]
        if inside.is_dir():
            files += sorted(path for path in inside.rglob("*") if path.suffix.lower() in SUFFIXES)
        return together(_read(path, node, path.relative_to(self._root).as_posix()) for path in files if path.is_file())


class Hub:
    """READMEs of dataset repositories of the hub, kept in a cache; what cannot be had is left out and remembered."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self.failures: dict[str, str] = {}

    def held(self, node: str) -> Held:
        """The README of a dataset named `org/name`."""
        if node.count("/") != 1:
            return Held()
        from lake.sources.hub import open_repository

        try:
            tree = open_repository(HubAddress.parse(f"hf://{node}"), self._cache)
            if "README.md" not in tree.names:
                return Held()
            path = tree.fetch("README.md")
        except UnknownNameError:
            return Held()
        except OdaError as error:
            self.failures[node] = error.message
            return Held()
        return _read(path, node, f"hf://{node}/README.md")


def _read(path: Path, node: str, place: str) -> Held:
    return of_text(node, place, description.read_text(path, lenient=True)[: description.LARGEST_BYTES])


def of_text(node: str, place: str, text: str) -> Held:
    """What a text holds of a dataset: a description in YAML by its name, else a document, perhaps with front matter.

    Raises SourceError for a description that cannot be read.
    """
    if place.rpartition("/")[2] == "dataset.yaml":
        stated = description.parse(text, file=place)
        documents = (Document(node, place, stated.card),) if stated.card else ()
        return Held(documents, tuple(stated.parents), stated.license, stated.released, ((place, text),))
    facts = card.parse(text).description
    return Held((Document(node, place, text),), tuple(facts.parents), facts.license, facts.released, ((place, text),))


def together(parts: Iterable[Held]) -> Held:
    """What several shelves hold; the first that states a licence or a date is believed."""
    documents: list[Document] = []
    parents: list[str] = []
    sources: list[tuple[str, str]] = []
    licence, released = None, None
    for part in parts:
        documents += part.documents
        parents += part.parents
        sources += part.sources
        licence, released = licence or part.license, released or part.released
    return Held(tuple(documents), tuple(dict.fromkeys(parents)), licence, released, tuple(sources))


def digest(text: str) -> str:
    """The hash by which it is known whether a document has changed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
