"""The README.md of a dataset folder: metadata `datasets` and the hub read, then what people ask about data.

Its `configs` say which files are data, so `load_dataset(folder)` takes neither the manifest nor a list of what was
skipped for some. Where lines hold any JSON, columns are stated: a reader that guesses them sees the first lines only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from lake.exports.base import Info, Written
from lake.exports.licences import card_licence

CARD = "README.md"

_JUDGED = (
    "An axis with a calibration holds opinions of a language model. `uncalibrated` means that nobody compared this "
    "version of it with labels of people or of a stronger judge; kappa (quadratic weights) says how far it agrees."
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


Type = str | Mapping[str, str]
"""A type of a column as cards write it: a name, or `list` with the name of its elements."""


def of_lines(
    folder: Path,
    info: Info,
    written: Written,
    *,
    about: str,
    kinds: Mapping[str, Type] | None = None,
) -> None:
    """Write the card of a folder of JSON lines files, a configuration each; the one of `data.jsonl` is the default.

    - kinds: of each column that lines may have its type, where they are to be stated.
    """
    files = sorted(written.rows)  # data.jsonl before pairs.jsonl
    configs, stated = [], []
    for number, file in enumerate(files):
        name = "default" if not number else file.removesuffix(".jsonl")
        configs.append(config(name, file))
        if kinds is not None:
            columns = sorted(written.columns.get(file, ()))
            stated.append({"config_name": name, "features": [{"name": c} | _feature(kinds[c]) for c in columns]})
    write(folder, info, configs, about=about, stated=stated)


def config(name: str, path: str, *, default: bool = False) -> dict[str, Any]:
    """A configuration of one split, `train`, in the files of a pattern."""
    files = [{"split": "train", "path": path}]
    return {"config_name": name, "data_files": files} | ({"default": True} if default else {})


def write(
    folder: Path,
    info: Info,
    configs: Sequence[Mapping[str, Any]],
    *,
    about: str,
    stated: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the card; `configs` says which files hold which configuration, `stated` the columns of some."""
    (folder / CARD).write_text(_text(info, configs, about, stated), encoding="utf-8")


def _feature(kind: Type) -> dict[str, Any]:
    return {"dtype": kind} if isinstance(kind, str) else dict(kind)


def _text(info: Info, configs: Sequence[Mapping[str, Any]], about: str, stated: Sequence[Mapping[str, Any]]) -> str:
    import yaml  # late: only cards need it

    size = next((name for limit, name in _SIZES if info.rows < limit), "10M<n<100M")
    metadata = {
        "license": card_licence(source["license"] for source in info.sources),
        "pretty_name": info.subject,
        "size_categories": [size],
        "task_categories": ["text-generation"],
        "tags": ["oda-lake", *sorted({domain for source in info.sources for domain in source.get("domains") or ()})],
        "configs": [dict(config) for config in configs],
    }
    if stated:
        metadata["dataset_info"] = [dict(one) for one in stated]
    names = [str(one["config_name"]) for one in configs]
    lines = [
        f'{re.sub("[^a-z0-9_]", "_", name.lower())} = datasets.load_dataset("{info.subject}", "{name}", split="train")'
        for name in names[:3]
    ]
    if len(names) == 1:
        lines = [f'samples = datasets.load_dataset("{info.subject}", split="train")  # the folder\'s path']
    load = "\n".join(["import datasets", "", *lines])
    parts = [
        "---\n" + yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True) + "---",
        f"# {info.subject}",
        f"{info.rows:,} samples of {info.kind} `{info.subject}` at snapshot {info.snapshot} of an ODA Lake. {about}",
        f"```python\n{load}\n```",
        "## Sources",
        _table(("dataset", "samples", "licence", "source"), [_source(source) for source in info.sources]),
    ]
    if info.query:
        values = ", ".join(f"`{name}` = `{value}`" for name, value in info.query["parameters"].items())
        parts += ["## Selection", _fenced("sql", info.query["sql"]), f"Parameters: {values or 'none'}."]
    if info.axes:
        rows = [
            (axis.name, axis.scorer_version or "", f"{axis.n:,}", f"{axis.n / info.rows:.1%}", axis.calibration or "")
            for axis in info.axes
        ]
        judged = any(axis.calibration for axis in info.axes)
        columns = ("axis", "scorer version", "samples", "coverage", "calibration")
        width = len(columns) if judged else len(columns) - 1
        parts += ["## Scores", _table(columns[:width], [row[:width] for row in rows])]
        parts.append("NULL means that the axis has no value for the sample, never zero.")
        if judged:
            parts.append(_JUDGED)
    return "\n\n".join(parts) + "\n"


def _source(source: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return source["dataset"], f"{source['rows']:,}", source["license"] or "not stated", public(source.get("source"))


def public(source: str | None) -> str:
    """Where a dataset came from, for others to read: an address as it is, of a path on this machine its name alone."""
    if not source or _ADDRESS.match(source):
        return source or ""
    return PurePath(source.rpartition("#")[0] or source).name


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _fenced(language: str, text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.strip()}\n{fence}"
