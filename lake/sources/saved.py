"""Folders written by `datasets.Dataset.save_to_disk`: the files and the split each `state.json` names."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import orjson

from lake.errors import SourceError
from lake.sources.tree import Tree


def saved_files(tree: Tree) -> tuple[dict[str, str | None], set[str]]:
    """The Arrow files of every saved dataset of a tree with their splits; and the folders these lie in.

    Raises SourceError when a state names a file that is not there, or rows that only an index selects.
    """
    names = set(tree.names)
    splits: dict[str, str | None] = {}
    folders: set[str] = set()
    for name in tree.names:
        path = PurePosixPath(name)
        if path.name != "state.json":
            continue
        state = _state(tree, name)
        if state is None:
            continue
        if state.get("_indices_data_files"):
            raise SourceError(
                "its rows are selected by an index file, which an old version of `datasets` wrote",
                file=f"{tree.place}/{name}",
                hint="Load it with `datasets.load_from_disk` and save it again with `save_to_disk`.",
            )
        folders.add(path.parent.as_posix())
        split = _split(state, path, names)
        for entry in state["_data_files"]:
            data = (path.parent / entry["filename"]).as_posix()
            if data not in names:
                raise SourceError(
                    f"{name} names the file {entry['filename']!r}, which is not there",
                    file=tree.place,
                    hint="The folder was copied in part; copy it again.",
                )
            splits[data] = split
    return splits, folders


def _state(tree: Tree, name: str) -> dict[str, Any] | None:
    """The content of a `state.json` that is one of a saved dataset, else None."""
    try:
        state = orjson.loads(tree.fetch(name).read_bytes())
    except orjson.JSONDecodeError as error:
        raise SourceError(f"not valid JSON: {error.msg}", file=f"{tree.place}/{name}", offset=error.pos) from None
    files = state.get("_data_files") if isinstance(state, dict) else None
    if not isinstance(files, list):
        return None
    if not all(isinstance(entry, dict) and isinstance(entry.get("filename"), str) for entry in files):
        raise SourceError("_data_files is not a list of {filename}", file=f"{tree.place}/{name}")
    return dict(state)


def _split(state: dict[str, Any], path: PurePosixPath, names: set[str]) -> str | None:
    split = state.get("_split")
    if isinstance(split, str) and split:
        return split
    within = (path.parent.parent / "dataset_dict.json").as_posix()
    return path.parent.name if path.parent.name and within in names else None
