"""An axis as an SQL expression in a file `NAME.sql`: comment lines that describe it, then the expression.

    -- description: Question marks of the instruction per 100 characters.
    -- range: 0 to 100
    -- direction: none
    -- version: 1
    100.0 * (length(instruction) - length(replace(instruction, '?', ''))) / nullif(length(instruction), 0)

It is over the columns of `scored`: those of the samples, and other axes. DuckDB evaluates it over whole batches. NULL
is `not_applicable`. The hash of the expression is part of the version, so an edited one is measured again.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from lake.errors import UsageError
from scorers.batch import Absence, Batch, Column
from scorers.spec import CONTENT_COLUMNS, Axis, Loaded, Scorer, Settings

_LINE = re.compile(r"--\s*(\w+)\s*:\s*(.+)")
_KEYS = {"axis", "description", "range", "direction", "version", "unit", "type", "citation", "cost"}
_DEFAULT_COST_US = 3.0


def load(name: str, path: Path) -> Loaded:
    """The axis a file declares; raises UsageError naming the file and what to correct."""
    from scorers.expression_check import checked  # late: DuckDB

    header, text = split(path.read_text(encoding="utf-8"))
    if not text:
        raise UsageError(f"{path} holds no expression.", hint="Write one after the header: length(response) / 4.0")
    if "description" not in header:
        raise UsageError(
            f"{path} does not say what it measures.", hint="Begin it with a line: -- description: What it measures."
        )
    if header.get("axis", name) != name:
        raise UsageError(f"{path} declares the axis {header['axis']!r}.", hint=f"Name the file {header['axis']}.sql.")
    reads, axes_read = checked(text, path)
    scorer = Scorer(
        name=name,
        version=f"{header.get('version', '1')}+sql={hashlib.sha256(text.encode()).hexdigest()[:8]}",
        axes=(_axis(name, header, path),),
        reads=reads,
        axes_read=axes_read,
        citation=header.get("citation", ""),
        cost_us=float(header.get("cost", _DEFAULT_COST_US)),
    )

    def score(batch: Batch, settings: Settings) -> dict[str, Column]:  # noqa: ARG001 - it has no options
        return {name: evaluate(text, batch, reads, axes_read)}

    scorer.check(score, str(path))
    return Loaded(scorer, score, text)


def split(text: str) -> tuple[dict[str, str], str]:
    """The header as a mapping, and the expression after it, without a final semicolon."""
    lines = text.splitlines()
    header = {}
    place = 0
    for place, line in enumerate([*lines, "end"]):  # noqa: B007 - the place of the first other line
        if line.strip() and not line.lstrip().startswith("--"):
            break
        if (found := _LINE.match(line.strip())) and found[1] in _KEYS:
            header[found[1]] = found[2].strip()
    return header, "\n".join(lines[place:]).strip().rstrip(";").strip()


def _axis(name: str, header: dict[str, str], path: Path) -> Axis:
    choices = {"direction": ("higher", "lower", "none"), "type": ("float", "integer", "flag", "category")}
    for key, allowed in choices.items():
        if key in header and header[key] not in allowed:
            raise UsageError(
                f"{path} says {key}: {header[key]}, which is not one of {', '.join(allowed)}.",
                hint=f"Write for example: -- {key}: {allowed[0]}",
            )
    return Axis(
        name,
        header["description"],
        type=header.get("type", "float"),  # type: ignore[arg-type]  # one of the allowed
        unit=header.get("unit", ""),
        range=_range(header.get("range", "-inf to inf"), path),
        direction=header.get("direction", "none"),  # type: ignore[arg-type]  # one of the allowed
    )


def _range(text: str, path: Path) -> tuple[float | None, float | None]:
    try:
        low, high = (float(part) for part in text.split(" to "))
    except ValueError:
        raise UsageError(f"{path} says range: {text}.", hint="Write for example: -- range: 0 to inf") from None
    return (None if low == float("-inf") else low), (None if high == float("inf") else high)


def evaluate(text: str, batch: Batch, reads: tuple[str, ...], axes_read: tuple[str, ...]) -> Column:
    """The expression over a batch, in the thread's own DuckDB; texts in NFC, so that equal content scores equally."""
    import numpy as np  # late, like every library of a scorer
    import pyarrow as pa

    from scorers.expression_check import connection

    columns = {name: batch.text(name) if name in CONTENT_COLUMNS else batch.column(name) for name in reads}
    columns |= {name: batch.column(name) for name in axes_read}
    table = pa.table({"_row": np.arange(len(batch)), **columns})
    engine = connection()
    engine.register("scored", table)
    try:
        values = engine.execute(f"select ({text}\n)::double as value from scored").to_arrow_table()["value"]
    finally:
        engine.unregister("scored")
    absent = values.is_null().to_numpy()
    numbers = values.fill_null(0.0).to_numpy()
    return Column.of(numbers, [Absence(absent, "not_applicable", "the expression is NULL")])
