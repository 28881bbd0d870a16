"""Labels to calibrate with: a file of them, or the scores of another axis, matched with judged samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from lake.errors import UsageError
from pipelines.calibrating.agreement import Numbers

_READERS = {
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
    ".parquet": "read_parquet",
}
_KEYS = (("sample_id",), ("content_id",), ("dataset", "row_no"))


@dataclass(frozen=True)
class Labelled:
    """Judged samples with labels.

    - rows: places in the judged samples.
    - ratings: float64[raters, n], NaN where a rater said nothing; the label of a sample is their mean.
    - unmatched: lines whose sample is not judged.
    """

    rows: npt.NDArray[np.int64]
    ratings: Numbers
    unmatched: int = 0

    @property
    def labels(self) -> Numbers:
        """The label of each sample."""
        return np.asarray(np.nanmean(self.ratings, axis=0))

    @property
    def hash(self) -> str:
        """What tells these labels from others."""
        return str(xxhash.xxh3_64_hexdigest(self.rows.tobytes() + self.ratings.tobytes()))


def read(path: Path, judged: pa.Table, *, scale: tuple[float | None, float | None]) -> Labelled:
    """The labels of a CSV, JSON-lines or Parquet file.

    It has the columns sample_id, content_id, or dataset and row_no; `label`; and, where several people labelled the
    same samples, `annotator`. Raises UsageError for a file that is none of these, or a label off the scale of the axis.
    """
    rows = _rows(path)
    key = next((key for key in _KEYS if set(key) <= set(rows.column_names)), None)
    if key is None or "label" not in rows.column_names:
        raise UsageError(
            f"{path} has the columns {', '.join(rows.column_names)}.",
            hint="Labels need a column label, and sample_id, content_id, or dataset and row_no.",
        )
    places = {
        tuple(map(str, of)): place for place, of in enumerate(zip(*(_texts(judged, k) for k in key), strict=True))
    }
    copies: dict[str, list[int]] = {}
    if key == ("content_id",):
        for place, content in enumerate(_texts(judged, "content_id")):
            copies.setdefault(content, []).append(place)
    names = _texts(rows, "annotator") if "annotator" in rows.column_names else [""] * rows.num_rows
    raters = {name: number for number, name in enumerate(dict.fromkeys(names))}
    found: dict[int, dict[int, float]] = {}
    unmatched = 0
    labels = rows.column("label").to_pylist()
    for line, (of, name, given) in enumerate(
        zip(zip(*(_texts(rows, k) for k in key), strict=True), names, labels, strict=True), 1
    ):
        if given is None:
            continue
        label = _label(given, scale, f"label {line} of {path}")
        at = copies.get(of[0], []) if copies else [places[of]] if of in places else []
        unmatched += not at
        for place in at:
            if raters[name] in found.setdefault(place, {}):
                raise UsageError(
                    f"Label {line} of {path} is of a sample that has one{f' by {name}' if name else ''} already.",
                    hint="Where several people labelled, say who in a column annotator.",
                )
            found[place][raters[name]] = label
    order = sorted(found)
    ratings = np.full((max(len(raters), 1), len(order)), np.nan)
    for column, place in enumerate(order):
        for rater, label in found[place].items():
            ratings[rater, column] = label
    return Labelled(np.array(order, np.int64), ratings, unmatched)


def of_scores(values: dict[int, float], judged: pa.Table) -> Labelled:
    """Scores of another axis, by sample id, as labels."""
    pairs = [(place, values[i]) for place, i in enumerate(judged.column("sample_id").to_pylist()) if i in values]
    rows, labels = zip(*pairs, strict=True) if pairs else ((), ())
    return Labelled(np.array(rows, np.int64), np.array([labels], np.float64))


def _rows(path: Path) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{path} is no file of labels.", hint=f"Let it end in {', '.join(_READERS)}.").about(
            path
        ) from None
    options = (
        ", all_varchar = true"
        if reader == "read_csv"
        else ", format = 'newline_delimited'"
        if reader == "read_json"
        else ""
    )
    try:
        with duckdb.connect() as connection:
            return connection.execute(f"from {reader}($path{options})", {"path": _literally(path)}).to_arrow_table()
    except (duckdb.Error, OSError) as error:
        why = "there is no such file" if not path.is_file() else str(error).splitlines()[0]
        raise UsageError(f"Cannot read the labels in {path}: {why}.", hint="See: oda judge calibrate --help").about(
            path
        ) from None


def _literally(path: Path) -> str:
    """The path as DuckDB takes it: what would be a pattern stands for itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


def _texts(table: pa.Table, column: str) -> list[str]:
    return [str(value).strip() for value in table.column(column).to_pylist()]


def _label(given: Any, scale: tuple[float | None, float | None], what: str) -> float:
    try:
        label = float(given)
    except (TypeError, ValueError):
        label = float("nan")
    low, high = scale
    if not np.isfinite(label) or (low is not None and label < low) or (high is not None and label > high):
        ends = f"from {low:g} to {high:g}" if low is not None and high is not None else "that is finite"
        raise UsageError(
            f"{what[0].upper()}{what[1:]} is {given!r}, not a number {ends}.", hint="Labels use the axis's scale."
        )
    return label
