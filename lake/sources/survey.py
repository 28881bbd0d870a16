"""Which files of a tree are the dataset: saved folders, configurations of a card, or all data files."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

import orjson

from lake.errors import SourceError, UnknownNameError
from lake.sources import card, description
from lake.sources.card import Card, Config
from lake.sources.description import Description, merge
from lake.sources.links import unfollowed_links
from lake.sources.names import UNDERSTOOD, has_data_suffix, is_archive, is_beside, is_data, split_of
from lake.sources.saved import saved_files
from lake.sources.tree import Tree


@dataclass(frozen=True)
class Survey:
    """Files to read as (name, split) in order, files left alone, and what the tree says about itself.

    - left_out: files left alone that nobody asked to leave alone and that are more than a description of the others.
    """

    chosen: tuple[tuple[str, str | None], ...]
    ignored: tuple[str, ...]
    description: Description
    left_out: tuple[str, ...] = ()


def survey(tree: Tree, *, config: str | None = None, splits: Collection[str] = (), within: str = "") -> Survey:
    """Choose the data files of a tree.

    - config: the configuration of the card to read; needed only where it has several and no default.
    - splits: the only splits to read; without any, those of the description, else all.
    - within: a folder of the tree to which everything is limited; the card's configurations are then not used.

    Raises SourceError when nothing is left, UnknownNameError for an unknown configuration.
    """
    about = _card(tree)
    described = _description(tree, about.description, within)
    inside = [name for name in tree.names if name.startswith(within)]
    configured = _configured(tree, about.configs, config, within)
    chosen = configured or _unconfigured(tree, inside)
    known = {name for name, _ in chosen}
    ignored = tuple(name for name in inside if name not in known)
    place = f"{tree.place}/{within}".rstrip("/")
    if not chosen:
        raise _nothing(place, ignored, tree.unfollowed)
    wanted = set(splits or described.splits)
    kept = tuple((name, split) for name, split in chosen if not wanted or split in wanted)
    if not kept:
        present = sorted({split or "(none)" for _, split in chosen})
        raise SourceError(
            f"no file belongs to the split {' or '.join(sorted(wanted))}",
            file=place,
            hint=f"Splits found: {', '.join(present)}.",
        )
    left_out = (
        () if configured else tuple(name for name in ignored if not is_beside(name) and not has_data_suffix(name))
    )
    return Survey(kept, ignored, described, left_out)


def _card(tree: Tree) -> Card:
    name = next((name for name in tree.names if name.lower() == "readme.md"), None)
    return Card(Description()) if name is None else card.parse(description.read_text(tree.fetch(name), lenient=True))


def _description(tree: Tree, described: Description, within: str) -> Description:
    """The card's facts, over them those of `dataset_info.json`, over them those of `dataset.yaml`."""
    for name in ("dataset_info.json", f"{within}dataset_info.json"):
        if name in tree.names and not described.license:
            described = merge(described, **_info(tree, name))
    for name in dict.fromkeys(("dataset.yaml", f"{within}dataset.yaml")):
        if name in tree.names:
            own = description.read(tree.fetch(name))
            described = merge(described, **own.model_dump(exclude_unset=True))
    return described


def _info(tree: Tree, name: str) -> dict[str, str]:
    try:
        info = orjson.loads(tree.fetch(name).read_bytes())
    except orjson.JSONDecodeError:
        return {}
    licence = info.get("license") if isinstance(info, dict) else None
    return {"license": licence} if isinstance(licence, str) and licence else {}


def _configured(
    tree: Tree, configs: tuple[Config, ...], config: str | None, within: str
) -> list[tuple[str, str | None]]:
    if within and config is None:
        return []
    if config is not None and config not in {each.name for each in configs}:
        raise UnknownNameError.of(f"configuration of {tree.place}", config, [each.name for each in configs])
    usable = [each for each in configs if each.data_files]
    if config is None:
        usable = [each for each in usable if each.default] or usable
        usable = [each for each in usable if each.name == "default"] or usable
        if len(usable) > 1:
            names = ", ".join(each.name for each in usable)
            raise SourceError(
                f"it has {len(usable)} configurations: {names}",
                file=tree.place,
                hint=f"Choose one by adding #NAME, for example {tree.place}#{usable[0].name}",
            )
    else:
        usable = [each for each in usable if each.name == config]
    found: dict[str, str | None] = {}
    for split, pattern in (pair for each in usable for pair in each.data_files):
        for name in matching(pattern, tree.names):
            if is_data(name):
                found.setdefault(name, split or split_of(name))
    if usable and not found:
        patterns = ", ".join(pattern for _, pattern in usable[0].data_files)
        raise SourceError(
            f"the configuration {usable[0].name!r} of its README names no data file that is there ({patterns})",
            file=tree.place,
            hint=f"Data files end with {UNDERSTOOD}.",
        )
    return sorted(found.items())


def _unconfigured(tree: Tree, inside: list[str]) -> list[tuple[str, str | None]]:
    saved, folders = saved_files(tree)
    chosen: list[tuple[str, str | None]] = []
    for name in inside:
        if name in saved:
            chosen.append((name, saved[name]))
        elif is_data(name) and PurePosixPath(name).parent.as_posix() not in folders:
            chosen.append((name, split_of(name)))
    plain = [(name, split) for name, split in chosen if not is_archive(name)]
    # Beside data files of the hub an archive mostly holds their pictures, and may be large: it is told, not fetched.
    return plain if plain and tree.place.startswith("hf://") else chosen


def matching(pattern: str, names: Collection[str]) -> list[str]:
    """The names a glob of a card matches: `*` within one folder, `**` across folders, `?` and `[...]`."""
    expression = ""
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", pattern.removeprefix("./"), re.DOTALL)
    for token in tokens:
        if token == "**/":
            expression += "(?:[^/]+/)*"
        elif token == "**":
            expression += ".*"
        elif token == "*":
            expression += "[^/]*"
        elif token == "?":
            expression += "[^/]"
        elif len(token) > 1:
            inner = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
            expression += f"[{'^' + inner[1:] if inner.startswith('!') else inner}]"
        else:
            expression += re.escape(token)
    try:
        compiled = re.compile(expression, re.DOTALL)
    except re.error:
        return [name for name in names if name == pattern]
    return [name for name in names if compiled.fullmatch(name)]


def _nothing(place: str, ignored: tuple[str, ...], unfollowed: tuple[str, ...]) -> SourceError:
    if left := unfollowed_links(unfollowed):
        return SourceError(f"it holds no data files, only {left[0]}", file=place, hint=left[1])
    if not ignored:
        return SourceError("the folder holds no files", file=place, hint=f"Data files end with {UNDERSTOOD}.")
    shown = ", ".join(ignored[:5]) + (f" and {len(ignored) - 5:,} more" if len(ignored) > 5 else "")
    way_out = f"Data files end with {UNDERSTOOD}."
    if any(name.endswith(".py") for name in ignored) and place.startswith("hf://"):
        way_out += f" The hub may hold a converted copy: {place}@refs/convert/parquet"
    return SourceError(f"it holds no data files, only {shown}", file=place, hint=way_out)
