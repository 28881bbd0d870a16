"""README files of dataset repositories: YAML front matter, then the text of the card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from lake.sources.description import Description

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE
)

_DOMAINS = {
    "math": "math",
    "mathematics": "math",
    "code": "code",
    "coding": "code",
    "programming": "code",
    "science": "science",
    "biology": "science",
    "chemistry": "science",
    "physics": "science",
    "medical": "medical",
    "medicine": "medical",
    "legal": "law",
    "law": "law",
    "finance": "finance",
    "reasoning": "reasoning",
    "safety": "safety",
    "instruction-following": "instruction following",
    "tool-use": "tool use",
    "function-calling": "tool use",
}
"""Tags of the hub that name a subject; all others (sizes, formats, regions) say nothing about it."""


@dataclass(frozen=True)
class Config:
    """One `configs` entry of a card: a name and (split or None, glob pattern) pairs in order."""

    name: str
    data_files: tuple[tuple[str | None, str], ...]
    default: bool = False


@dataclass(frozen=True)
class Card:
    """What a README says: a description and the configurations of its data files."""

    description: Description
    configs: tuple[Config, ...] = ()


def parse(text: str) -> Card:
    """Read a card; front matter that is not YAML is kept as text, since strangers wrote it."""
    found = _FRONT_MATTER.match(text)
    front: object = None
    if found:
        try:
            front = yaml.safe_load(found["yaml"])
        except (yaml.YAMLError, ValueError, RecursionError):
            front = None
    if found is None or not isinstance(front, dict):
        body = text.strip()
        return Card(Description(card=body) if body else Description())
    return Card(_description(front, found["body"].strip()), _configs(front))


def _description(front: dict[Any, Any], body: str) -> Description:
    facts: dict[str, Any] = {}
    title = front.get("pretty_name")
    if isinstance(title, str) and title.strip() and title.strip() not in body:
        body = f"# {title.strip()}\n\n{body}".strip()
    if body:
        facts["card"] = body
    licences = _strings(front.get("license"))
    if licences == ["other"]:
        licences = _strings(front.get("license_name")) or licences
    if licences:
        facts["license"] = ", ".join(licences)
    domains = [_DOMAINS[tag.lower()] for tag in _strings(front.get("tags")) if tag.lower() in _DOMAINS]
    if domains:
        facts["domains"] = list(dict.fromkeys(domains))
    parents = [parent.removeprefix("extended|") for parent in _strings(front.get("source_datasets"))]
    parents = [parent for parent in parents if not re.fullmatch(r"original|extended|other.*", parent)]
    if parents:
        facts["parents"] = list(dict.fromkeys(parents))
    return Description(**facts)


def _configs(front: dict[Any, Any]) -> tuple[Config, ...]:
    entries = front.get("configs")
    if not isinstance(entries, list):
        return ()
    configs = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("config_name"), str):
            continue
        folder = entry.get("data_dir")
        prefix = f"{folder.strip('/')}/" if isinstance(folder, str) and folder.strip("/") else ""
        files = tuple((split, prefix + pattern) for split, pattern in _patterns(entry.get("data_files")))
        if not files and prefix:
            files = ((None, f"{prefix}**"),)
        configs.append(Config(entry["config_name"], files, entry.get("default") is True))
    return tuple(configs)


def _patterns(given: object) -> list[tuple[str | None, str]]:
    """The forms the hub accepts: a pattern, a list of patterns, {split: patterns}, or [{split, path}]."""
    if isinstance(given, str):
        return [(None, given)]
    if isinstance(given, dict):
        return [(str(split), pattern) for split, patterns in given.items() for pattern in _strings(patterns)]
    if not isinstance(given, list):
        return []
    pairs: list[tuple[str | None, str]] = []
    for entry in given:
        if isinstance(entry, str):
            pairs.append((None, entry))
        elif isinstance(entry, dict):
            split = entry.get("split")
            pairs.extend((None if split is None else str(split), pattern) for pattern in _strings(entry.get("path")))
    return pairs


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
