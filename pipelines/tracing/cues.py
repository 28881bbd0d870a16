"""The deterministic reader: what sentences of a card say of the datasets they link to or name.

A sentence counts by the last cue before the name, else the first after it: `built from`, `a subset of`, `evaluated on`.
Without a cue the heading above decides, and without either a link is doubtful and a bare name says nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pipelines.tracing.claims import Claim, Document, Use
from pipelines.tracing.names import parse
from pipelines.tracing.registry import aliases

READER = "cues 1"

_AFTER = 0.75
"""The most that a cue is worth which stands after the name."""

_WEAK = 0.8
"""The confidence of a cue that gives way to any other."""

_HEADING = re.compile(r"^(?:#{1,6}\s+(?P<title>.+?)\s*#*|\*\*(?P<bold>[^*]+)\*\*:?)\s*$")
_SOURCES = re.compile(
    r"\b(?:sources?|source data|data sources?|composition|mixture|provenance|origins?|construction|curation|creation|"
    r"seeds?|derived from|built from|components?)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:evaluat\w+|results?|benchmarks?|performance|licen[sc]\w*|citations?|references?|acknowledg\w*|related|contact|"
    r"limitations?|usage|how to use|models?|training|leaderboard|comparison|baselines?|changelog)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\[(?P<text>[^\]\[]*)\]\((?P<url>[^()\s]+(?:\([^()\s]*\))?)[^()]*\)|<?(?P<bare>(?:https?://|hf://)[^\s<>)\]]+)|"
    r"(?<![\w/])(?P<path>datasets/[\w.-]+/[\w.-]+)"
)
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z`\"'\[(*])")
_OWN_LINE = re.compile(r"\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||\*\*[^*]+\*\*:?\s*$)")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|et al|etc|vs|cf|Fig|resp|approx|Dr|No)\.$|(?:\A|\n)\s*\d+\.$")


@cache
def _patterns() -> tuple[tuple[str, Use, float, re.Pattern[str]], ...]:
    """Relation, use, confidence and expression of every cue."""
    found = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))["cue"]
    return tuple(
        (
            cue.get("relation", "derived"),
            cue["use"],
            cue["confidence"],
            re.compile(rf"\b(?:{'|'.join(cue['patterns'])})", re.IGNORECASE),
        )
        for cue in found
    )


@dataclass(frozen=True)
class _Mention:
    """A name in a sentence: the range of it, the text to be resolved, and whether it is a link."""

    start: int
    end: int
    text: str
    linked: bool


@dataclass(frozen=True)
class _Cue:
    """Words that say what is done with a dataset, and where they stand in a sentence."""

    start: int
    end: int
    relation: str
    use: Use
    sure: float


def read(document: Document, names: Collection[str] = ()) -> list[Claim]:
    """The claims of a document; names: of the datasets of the lake, which are looked for beside well-known ones."""
    looked_for = _names(frozenset(names))
    claims = []
    heading: Use | None = None
    for start, end in sentences(document.text):
        sentence = document.text[start:end]
        if titled := _HEADING.match(sentence.strip()):
            heading = _of_heading(titled["title"] or titled["bold"])
            continue
        for mention in _mentions(sentence, looked_for):
            relation, use, confidence = _judged(sentence, mention, heading)
            if use == "mention" and not mention.linked:
                continue
            said = relation if use == "source" else "derived"
            claims.append(
                Claim(document.node, mention.text, said, confidence, sentence.strip(), document.place, READER, use)
            )
    return claims


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the headings, sentences, list items and table rows of a Markdown text, code blocks left out."""
    for first, last in _blocks(text):
        start = first
        for found in _END.finditer(text, first, last):
            if not _ABBREVIATED.search(text[start : found.start()]):
                yield start, found.start()
                start = found.end()
        if text[start:last].strip():
            yield start, last


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of paragraphs; headings, list items and table rows are blocks of their own, with the lines that go on."""
    start, end, place, fenced = 0, 0, 0, False
    for line in text.splitlines(keepends=True):
        place += len(line)
        fence = line.lstrip().startswith(("```", "~~~"))
        if fenced or fence or not line.strip() or _OWN_LINE.match(line):
            if text[start:end].strip():
                yield start, end
            start = place if fenced or fence or not line.strip() else place - len(line)
        fenced ^= fence
        end = place
        if line.lstrip().startswith("#") and not fenced:
            yield start, end
            start = place
    if text[start:end].strip() and not fenced:
        yield start, end


def _of_heading(title: str) -> Use | None:
    if _OTHERS.search(title):
        return "mention"
    return "source" if _SOURCES.search(title) else None


@lru_cache(maxsize=4)
def _names(names: frozenset[str]) -> re.Pattern[str] | None:
    """Names that are looked for in plain text; short ones without a digit are words too, unless in capitals."""
    return _pattern({text for group in aliases() for text in group} | names)


def names_any(names: Collection[str], text: str) -> bool:
    """Whether some of these names of datasets stand in a text."""
    found = _pattern(names)
    return found is not None and found.search(text) is not None


def _pattern(every: Collection[str]) -> re.Pattern[str] | None:
    wanted = {text if len(text) >= 5 or any(c.isdigit() for c in text) else text.upper() for text in every}
    patterns = sorted((_spelled(text) for text in wanted if len(text) >= 3), key=len, reverse=True)
    return re.compile(rf"(?<![\w/.-])(?:{'|'.join(patterns)})(?![\w/]|[-.]\w)") if patterns else None


def _spelled(text: str) -> str:
    """A name as it may be written: any case unless it is all capitals, any of space, `-` and `_` between its words."""
    escaped = re.sub(r"(?:\\?[\s_-])+", r"[\\s_-]?", re.escape(text))
    return escaped if text.isupper() else f"(?i:{escaped})"


def _mentions(sentence: str, looked_for: re.Pattern[str] | None) -> list[_Mention]:
    found = []
    for link in _LINK.finditer(sentence):
        address = link["url"] or link["bare"] or link["path"]
        if parse(address.rstrip(".,;:")).key:
            found.append(_Mention(link.start(), link.end(), address.rstrip(".,;:"), linked=True))
    taken = [(mention.start, mention.end) for mention in found] + [link.span() for link in _LINK.finditer(sentence)]
    for name in looked_for.finditer(sentence) if looked_for else ():
        if not any(start <= name.start() < end for start, end in taken):
            found.append(_Mention(name.start(), name.end(), name[0], linked=False))
    return found


def _cues(sentence: str, mention: _Mention) -> list[_Cue]:
    """The cues of a sentence outside the name; of those that overlap the first, and the longest of these, counts."""
    every = sorted(
        (
            _Cue(found.start(), found.end(), relation, use, sure)
            for relation, use, sure, pattern in _patterns()
            for found in pattern.finditer(sentence)
            if not mention.start <= found.start() < mention.end
        ),
        key=lambda cue: (cue.start, -cue.end),
    )
    kept: list[_Cue] = []
    for cue in every:
        if not kept or cue.start >= kept[-1].end:
            kept.append(cue)
    return kept


def _judged(sentence: str, mention: _Mention, heading: Use | None) -> tuple[str, Use, float]:
    """What a sentence says of a name in it: relation, use, confidence."""
    cues = _cues(sentence, mention)
    before = [cue for cue in cues if cue.end <= mention.start]
    if before:
        cue = max(before, key=lambda cue: (cue.sure != _WEAK, cue.end))
        return cue.relation, cue.use, cue.sure
    if heading == "mention":
        return "derived", "mention", 0.0
    after = [cue for cue in cues if cue.start >= mention.end]
    if after:
        cue = min(after, key=lambda cue: (cue.sure == _WEAK, cue.start))
        return cue.relation, cue.use, min(cue.sure, _AFTER)
    if heading == "source":
        return "mixture", "source", 0.8
    return "derived", "source" if mention.linked else "mention", 0.5 if mention.linked else 0.0
