"""Results of others: leaderboards, evaluations and scores in files, read into the lake under the name of an import."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.evaluating import oda_board
from pipelines.evaluating.results import Results, replace_origin

LAKE = "lake"
"""The origin of what was trained or evaluated here."""

_KNOWN = "Known are OpenDataArena's leaderboard and its file of scores."


@dataclass(frozen=True)
class ImportReport:
    """What an import brought."""

    origin: str
    format: str
    runs: int
    subjects: int
    evaluations: int
    missing: int
    scores: int
    remarks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def import_results(lake: Lake, path: Path, *, name: str) -> ImportReport:
    """Read a file of results into the lake, in the place of an earlier import of that name.

    - path: OpenDataArena's leaderboard or, after it, its file of scores.
    - name: the origin its results are known by.

    Raises UsageError for a file that is none of these.
    """
    if name == LAKE:
        raise UsageError(f"{LAKE!r} names what was trained here; an import needs another name.").about(name)
    kind, results = _read(lake, path, name)
    replace_origin(lake, name, results)
    return ImportReport(
        origin=name,
        format=kind,
        runs=len(results.runs),
        subjects=len({(run["base"], run["subject"]) for run in results.runs}),
        evaluations=len(results.evaluations),
        missing=sum(row["value"] is None for row in results.evaluations),
        scores=sum(row["value"] is not None for row in results.published),
        remarks=tuple(results.remarks),
    )


def _read(lake: Lake, path: Path, name: str) -> tuple[str, Results]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", hint=_KNOWN).about(path) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON: {error}.", hint=_KNOWN).about(path) from None
    if oda_board.is_leaderboard(document):
        return "OpenDataArena leaderboard", oda_board.leaderboard(document, name)
    if oda_board.is_scores(document):
        rows = lake.rows("select distinct subject from training_runs where origin = ? and role = 'trained'", [name])
        subjects = [str(row[0]) for row in rows]
        if not subjects:
            raise UsageError(
                f"There are no results {name!r} that the scores of {path} could belong to.",
                hint="Import the leaderboard under that name first.",
            )
        return "OpenDataArena scores", oda_board.scores(document, name, subjects)
    raise UsageError(
        f"{path} is no file of results that is known.",
        hint=_KNOWN,
    ).about(path)
