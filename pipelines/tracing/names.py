"""Names of datasets as people write them, taken apart: what they name, and whether two are the same.

Numbers, versions and words that tell relatives apart (`train`, `zh`, `plus`) are never bridged by similarity.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HUB = "https://huggingface.co/datasets/"

_HUB = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?P<path>[^\s?#]+)", re.IGNORECASE)
_CODE = re.compile(r"(?:https?://)?(?:www\.)?github\.com/(?P<path>[^\s?#]+)", re.IGNORECASE)
_URL = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_PATH = re.compile(r"(?P<org>[\w.-]+)/(?P<name>[\w.-]+)")
_CITED = re.compile(
    r"\s*[(\[](?:[^()\[\]]*?et al\.?,?\s*)?(?:\w+,?\s+)?(?:19|20)\d\d[a-z]?[)\]]\s*$"  # (Cobbe et al., 2021), (2021a)
    r"|\s*\[\d+\]\s*$|\s+(?:by\s+)?\w+ et al\.?.*$"
)
_BRACKETS = "()[]"
_AROUND = " \t\r\n\"'`*_.,;:!<>“”‘’" + _BRACKETS
_ARTICLE = re.compile(r"^(?:the|a|an|our)\s+", re.IGNORECASE)
_NOUN = re.compile(r"[\s_-]+(?:data\s?sets?|data|corpus|corpora|collection)$", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)([kmb](?![a-z]))?")


@cache
def words(kind: str) -> frozenset[str]:
    """Words that decide what a name is: `apart`, `splits`, `families`, `variants` of `words.toml`."""
    found = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return frozenset(found[kind])


_WEIGHTS = re.compile(r"(?<![a-z0-9])\d+(?:\.\d+)?(?:x\d+)?b(?![a-z0-9])", re.IGNORECASE)
_DATASET_WORD = re.compile(
    r"dataset|corpus|bench|distill(?:ed|ation)|\bsft\b|\d(?:\.\d+)?[km]\b|instruct(?:ions)?-data|prompts|traces|cots?\b|"
    r"post-training|conversations",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """A name taken apart.

    - shown: as it is shown: `org/name`, or the text without what stands around it.
    - org, key: in lower case; of the key letters and digits only.
    - words, numbers: of the name without its organisation; a number keeps its unit, `52k`.
    - host: `hub`, `code` (GitHub), `model` (a page of a model), or empty.
    """

    shown: str
    org: str
    key: str
    words: frozenset[str]
    numbers: tuple[str, ...]
    host: str = ""

    @property
    def stem(self) -> str:
        """The key without words for splits: `gsm8ktrain` and `gsm8k_test` have one stem."""
        return "".join(part for part in _parts(self.shown.rpartition("/")[2]) if part not in words("splits"))


@cache
def parse(text: str) -> Name:
    """A name, a path `org/name` or an address, taken apart; the key is empty for what names nothing."""
    bare = text.strip(_AROUND)
    host, path = _address(bare)
    if host == "other":
        return Name(bare, "", "", frozenset(), ())
    if not path:
        path = _CITED.sub("", text.strip(_AROUND.removesuffix(_BRACKETS))).strip(_AROUND)
        path = _NOUN.sub("", _ARTICLE.sub("", path)).strip(_AROUND)
    found = _PATH.fullmatch(path)
    org, name = (found["org"], found["name"]) if found else ("", path)
    name = name.removesuffix(".git")
    parts = _parts(name)
    numbers = tuple(part for part in parts if part[0].isdigit())
    words = frozenset(part for part in parts if not part[0].isdigit())
    shown = f"{org}/{name}" if org else name
    return Name(shown, org.lower(), "".join(parts), words, numbers, host)


def _address(text: str) -> tuple[str, str]:
    """(host, org/name) of an address; both empty for a plain name, `other` for an address of no dataset."""
    if text.startswith("hf://"):
        path = text.removeprefix("hf://").removeprefix("datasets/").partition("@")[0]
        return "hub", "/".join(path.split("/")[:2])
    if text.startswith("datasets/"):
        return "hub", "/".join(text.split("/")[1:3])
    if found := _HUB.search(text):
        first, *rest = found["path"].strip("/").split("/")
        if first == "datasets" and rest:
            return "hub", "/".join(rest[:2])
        is_model_page = rest and first not in ("datasets", "spaces", "papers", "collections", "blog", "docs")
        return ("model", f"{first}/{rest[0]}") if is_model_page else ("other", "")
    if found := _CODE.search(text):
        parts = found["path"].strip("/").split("/")
        return ("code", "/".join(parts[:2])) if len(parts) > 1 else ("other", "")
    return ("other", "") if _URL.match(text) else ("", "")


def _parts(name: str) -> list[str]:
    """Words and numbers of a name in order, lower case; `1.0` is `1`."""
    parts = []
    for found in re.finditer(r"\d++(?:\.\d++)*+(?:[kmb](?![a-z]))?|[^\W\d_]+", name.lower()):
        part = found[0]
        number = _NUMBER.fullmatch(part)
        parts.append(re.sub(r"(?:\.0)+$", "", number[1]) + (number[2] or "") if number else part)
    if len(parts) > 1 and any(part[0].isdigit() for part in parts):
        parts = [part for part in parts if part != "v"]  # v1.5 and 1.5
    return parts


def is_model(name: Name) -> bool:
    """Whether a name is that of a language model: by its page, or by its family without a word for data."""
    if name.host == "model":
        return True
    if _DATASET_WORD.search(name.shown):
        return False
    if _WEIGHTS.search(name.shown.rpartition("/")[2]):
        return True
    left = name.words - words("variants")
    return bool(left) and left <= words("families") and (left != {"o"} or len(name.numbers) == 1)


def similarity(one: Name, other: Name) -> float:
    """How alike two names are, 0 to 1; 0 where organisation, number or a word that tells apart differs."""
    if not one.key or not other.key or (one.org and other.org and one.org != other.org):
        return 0.0
    if one.key == other.key:
        return 1.0
    if (one.words ^ other.words) & words("apart") or not _numbers_agree(one.numbers, other.numbers):
        return 0.0
    first, second = sorted((_plain(one), _plain(other)))
    return min(0.95, difflib.SequenceMatcher(None, first, second).ratio())


def _numbers_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """The same numbers, but for a count of rows (`52k`) that only one of them states."""
    if one == other:
        return True
    versions = [[number for number in numbers if number[-1] not in "km"] for numbers in (one, other)]
    counts = [[number for number in numbers if number[-1] in "km"] for numbers in (one, other)]
    return versions[0] == versions[1] and not all(counts)


def _plain(name: Name) -> str:
    return "".join(
        part for part in _parts(name.shown.rpartition("/")[2]) if part[-1] not in "km" or not part[0].isdigit()
    )
