"""The README.md of a dataset folder: metadata `datasets` and the hub read, then what people ask about data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lake.exports.base import Info
from lake.exports.licences import card_licence

_JUDGED = (
    "An axis with a calibration holds opinions of a language model. `uncalibrated` means that nobody compared this "
    "version of it with labels of people or of a stronger judge; kappa (quadratic weights) says how far it agrees."
)
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))


def card(info: Info, configs: Sequence[Mapping[str, Any]], *, about: str, load: str) -> str:
    """The card's text; `configs` says which files hold which configuration, `load` how to read them."""
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
    return source["dataset"], f"{source['rows']:,}", source["license"] or "not stated", source.get("source") or ""


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
