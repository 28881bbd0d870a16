"""What the reader of cues found in documents, remembered by their texts: a rerun reads only what changed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lake.known import recall, remember
from lake.settings import Settings
from pipelines.tracing import cues
from pipelines.tracing.claims import Claim, Document
from pipelines.tracing.library import digest

_WHAT = "claims-of-cues"
_RULES = ("cues.py", "cues.toml", "aliases.toml", "names.py", "claims.py")
"""Files that decide what is found in a text."""


class Recall:
    """Reads documents by cues; each text once, as long as no name that came or went since then stands in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept = recall(settings, _WHAT)
        self._now: dict[str, Any] = {}
        self._rules = digest("\0".join(Path(__file__).with_name(name).read_text("utf-8") for name in _RULES))
        self.read_anew = 0

    def read(self, document: Document, names: Collection[str]) -> list[Claim]:
        """The claims of a document; names: of the datasets that are looked for."""
        key = digest("\0".join((self._rules, document.node, document.place, document.text)))
        wanted = self._set_of(names)
        if key in self._kept and self._as_good(self._kept[key][0], names, wanted, document.text):
            found = [Claim(**claim) for claim in self._kept[key][1]]
        else:
            found = cues.read(document, names)
            self.read_anew += 1
        self._now[key] = [wanted, [claim.as_dict() for claim in found]]
        return found

    def _set_of(self, names: Collection[str]) -> str:
        """The key under which these names are remembered, once for all texts."""
        ordered = sorted(names)
        key = digest("\0".join(ordered))
        self._now.setdefault(key, ["names", ordered])
        return key

    def _as_good(self, before: str, names: Collection[str], wanted: str, text: str) -> bool:
        """Whether none of the names that differ from those looked for before stands in a text."""
        if before == wanted:
            return True
        earlier = self._kept.get(before)
        return earlier is not None and not cues.names_any(frozenset(names) ^ frozenset(earlier[1]), text)

    def keep(self) -> None:
        """Remember what was read; texts that were not seen this time are forgotten."""
        if self._now != self._kept:
            remember(self._settings, _WHAT, self._now)
