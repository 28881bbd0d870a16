"""Results of others: leaderboards, evaluations and scores in files, read into the lake under the name of an import."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lake.catalog import Lake
from lake.errors import UsageError
from pipelines.evaluating import harness_files, oda_board
from pipelines.evaluating.results import Results, add_runs, replace_origin

LAKE = "lake"
"""The origin of what was trained or evaluated here."""

_KNOWN = "Known are OpenDataArena's leaderboard and its scores, lm-eval's results and OpenCompass's summary."


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


def import_results(
    lake: Lake,
    path: Path,
    *,
    name: str,
    subject: str | None = None,
    base: str | None = None,
    role: str = "trained",
    recipe: str = "unknown",
) -> ImportReport:
    """Read a file of results into the lake, in the place of an earlier import of that name.

    - path: OpenDataArena's leaderboard or, after it, its file of scores; results of lm-eval; a summary of OpenCompass.
    - name: the origin its results are known by.
    - subject, base, role, recipe: what results of a harness are of, which its files do not say. Such files add to what
      the origin has: only results of the same model are replaced.

    Raises UsageError for a file that is none of these.
    """
    if name == LAKE:
        raise UsageError(f"{LAKE!r} names what was trained here; an import needs another name.").about(name)
    text = _text(path)
    if found := _harness(text, path, name, subject=subject, base=base, role=role, recipe=recipe):
        kind, results = found
        add_runs(lake, results, name)
    else:
        kind, results = _read(lake, text, path, name)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"Cannot read {path}: {reason}.", hint=_KNOWN).about(path) from None


def _document(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON: {error}.", hint=_KNOWN).about(path) from None


def _harness(
    text: str, path: Path, name: str, *, subject: str | None, base: str | None, role: str, recipe: str
) -> tuple[str, Results] | None:
    """Format and results of a file of a harness; None for another file."""
    summary = harness_files.is_summary(text)
    document: Any = None if summary else _document(text, path)
    if not summary and not harness_files.is_lm_eval(document):
        return None
    if base is None or (subject is None and not summary):
        raise UsageError(f"{path} does not say which model it is of.", hint="Give --subject and --base, and --role.")
    model = None if subject is None else harness_files.Model(role, subject, base, recipe)
    if summary:
        return "OpenCompass summary", harness_files.summary(text, name, model, base)
    assert model is not None
    return "lm-eval results", harness_files.lm_eval(document, name, model)


def _read(lake: Lake, text: str, path: Path, name: str) -> tuple[str, Results]:
    document = _document(text, path)
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
