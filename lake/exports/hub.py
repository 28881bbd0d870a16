"""Loading back with Hugging Face `datasets`, the library most trainers read with: local files only, no cache left."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from lake.exports.base import ReadBack
from lake.exports.card import CARD


def load_json(path: Path, wanted: Collection[int], scratch: Path) -> ReadBack:
    """Load a JSON lines file as `load_dataset("json", …)` does; `scratch` gets its cache."""
    return rows_of(load_table(path, scratch), wanted)


def load_folder(folder: Path, wanted: Collection[int], scratch: Path) -> ReadBack:
    """Load a dataset folder with a card as `load_dataset(folder)` does."""
    return rows_of(_load(str(folder), scratch), wanted)


def load_files(folder: Path, wanted: Mapping[str, Collection[int]], scratch: Path) -> dict[str, ReadBack]:
    """Load each file through the configuration that the folder's card has of it, with the columns stated there."""
    import yaml

    configs = yaml.safe_load((folder / CARD).read_text(encoding="utf-8").split("---\n")[1])["configs"]
    names = {config["data_files"][0]["path"]: config["config_name"] for config in configs}
    return {file: rows_of(_load(str(folder), scratch, name=names[file]), at) for file, at in wanted.items()}


def load_table(path: Path, scratch: Path) -> Any:
    """The `datasets.Dataset` of a JSON lines file, for a look at its columns."""
    return _load("json", scratch, data_files=[str(path)])


def rows_of(loaded: Any, wanted: Collection[int]) -> ReadBack:
    """Row count and the rows wanted, as far as there are that many."""
    return ReadBack(len(loaded), {number: loaded[number] for number in wanted if number < len(loaded)})


def _load(path: str, scratch: Path, **options: Any) -> Any:
    import datasets  # 1.5 s, and only an export needs it

    with _quiet(datasets):
        return datasets.load_dataset(
            path,
            split="train",
            cache_dir=str(scratch / "datasets"),
            download_config=datasets.DownloadConfig(cache_dir=str(scratch / "downloads"), local_files_only=True),
            verification_mode="no_checks",
            **options,
        )


@contextlib.contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """No bars and no notes of `datasets` on the terminal; both come back afterwards."""
    silent = datasets.are_progress_bars_disabled()
    level = datasets.logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    try:
        yield
    finally:
        datasets.logging.set_verbosity(level)
        if not silent:
            datasets.enable_progress_bars()
