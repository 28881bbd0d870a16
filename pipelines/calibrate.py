"""Calibrating: how far the scores of an axis agree with labels, and what its dataset means are once corrected.

No number of a judge is shown without this: the result is stored by axis and version, and an axis of a judge whose
version has none is marked as uncalibrated wherever it appears.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from lake.catalog import Connection, Lake
from lake.errors import OdaError, UnknownNameError, UsageError
from lake.relations import run
from lake.rows import delete, put
from lake.tables import CALIBRATED_MEANS, CALIBRATIONS
from pipelines.calibrating import labels as labelling
from pipelines.calibrating.agreement import Numbers, confusion, cut, weighted_kappa
from pipelines.calibrating.alpha import krippendorff_alpha
from pipelines.calibrating.bias import length_bias, mean_shift
from pipelines.calibrating.corrected import prediction_powered, rogan_gladen
from pipelines.calibrating.judges import ratings_of
from pipelines.calibrating.labels import Labelled
from pipelines.calibrating.report import CalibrationReport, MeanReport
from scorers.catalogue import Catalogue
from scorers.installed import installed
from scorers.spec import Axis, Scorer

FEWEST_LABELS = 10
"""Labels of its own below which the mean of a dataset is not corrected."""


def calibrate(
    lake: Lake,
    axis: str,
    *,
    labels: Path | None = None,
    against: str | None = None,
    judge: str | None = None,
    threshold: float | None = None,
    confidence: float = 0.95,
    scorers: Catalogue | None = None,
) -> CalibrationReport:
    """Compare the scores of an axis with the labels of a file, the scores of another axis, or what another judge says.

    The result is stored.

    - judge: a stronger one, whose stored answers to the axis's question are the labels.
    - threshold: from where a score counts as good; the middle of the scale by default.

    Raises UnknownNameError for an axis that nothing is scored on, and OdaError where no label meets a score.
    """
    declared, entry = (scorers or installed(lake.settings)).axis(axis)
    version, judged = _judged(lake, axis, entry.scorer)
    if sum(given is not None for given in (labels, against, judge)) != 1:
        raise UsageError(
            "Labels come from a file, from another axis or from another judge.",
            hint="Give one of --labels, --against and --judge.",
        )
    if labels is not None:
        found, source = labelling.read(labels, judged, scale=declared.range), labels.name
    elif judge is not None:
        found, source = labelling.of_scores(ratings_of(lake, axis, entry, judge, version), judged), judge
    else:
        found, source = _of_axis(lake, str(against), judged), str(against)
    if len(found.rows) < 3:
        raise OdaError(
            f"{len(found.rows)} of the labels in {source} are of samples with a score on {axis}.",
            hint="Score those samples first, or check the ids: numbers of samples change when a dataset is read again.",
        )
    report = _compared(
        judged,
        found,
        axis=axis,
        version=version,
        source=source,
        threshold=_threshold(declared, judged, threshold),
        confidence=confidence,
    )
    _store(lake, report)
    return report


def _compared(
    judged: pa.Table,
    found: Labelled,
    *,
    axis: str,
    version: str,
    source: str,
    threshold: float,
    confidence: float,
) -> CalibrationReport:
    """Everything that is measured of labels and scores of the same samples."""
    values, lengths = (judged.column(name).to_numpy() for name in ("value", "length"))
    labels, scores = found.labels, values[found.rows]
    raters = np.vstack([found.ratings, scores])
    shift = mean_shift(labels, scores, confidence=confidence)
    assert shift is not None
    return CalibrationReport(
        axis=axis,
        scorer_version=version,
        against=source,
        labels_hash=found.hash,
        n=len(labels),
        unmatched=found.unmatched,
        kappa={weights: weighted_kappa(labels, scores, weights) for weights in ("none", "linear", "quadratic")},
        alpha={level: krippendorff_alpha(raters, level) for level in ("nominal", "ordinal", "interval")},
        human_alpha=krippendorff_alpha(found.ratings, "interval"),
        confusion=confusion(labels, scores),
        cut=cut(labels, scores, threshold),
        shift=shift,
        length=length_bias(labels, scores, lengths[found.rows], confidence=confidence),
        means=tuple(_means(judged, found, values, threshold, confidence)),
        confidence=confidence,
    )


def _means(
    judged: pa.Table, found: Labelled, values: Numbers, threshold: float, confidence: float
) -> Iterator[MeanReport]:
    """For every dataset its corrected mean, and its corrected share at or above the threshold."""
    datasets = judged.column("dataset").combine_chunks().dictionary_encode()
    of = datasets.indices.to_numpy()
    labels = np.full(len(values), np.nan)
    labels[found.rows] = found.labels
    for number, dataset in enumerate(datasets.dictionary.to_pylist()):
        mine = of == number
        known, rest = mine & ~np.isnan(labels), mine & np.isnan(labels)
        n, more = int(known.sum()), int(rest.sum())
        judge = cut(labels[known], values[known], threshold)
        said = float((values[rest] >= threshold).mean()) if more else 0.0
        enough = n >= FEWEST_LABELS
        why = "" if enough else f"{n} labels of its own, {FEWEST_LABELS} are needed"
        mean = prediction_powered(labels[known], values[known], values[rest], confidence=confidence) if enough else None
        share = rogan_gladen(said, more, judge, confidence=confidence) if enough else None
        above = float((values[mine] >= threshold).mean())
        yield MeanReport(dataset, "mean", float(values[mine].mean()), n, more, mean, why)
        why = why or ("" if share else "the labels do not show the judge to be better than chance at the threshold")
        yield MeanReport(dataset, "share", above, n, more, share, why)


def _judged(lake: Lake, axis: str, scorer: Scorer) -> tuple[str, pa.Table]:
    """The version of the axis that most samples have, and its samples."""
    versions = run(lake.connection, "score_versions", axis=axis).fetchall()
    if not versions:
        known = [row[0] for row in lake.rows("select distinct axis from scores where value is not null")]
        raise UnknownNameError.of("scored axis", axis, known, hint=f"Score it with: oda score --axes {axis}")
    column = "response" if "response" in scorer.reads else "instruction"
    given = {"axis": axis, "version": versions[0][0], "column": column}
    return versions[0][0], run(lake.connection, "judged_samples", **given).to_arrow_table()


def _of_axis(lake: Lake, name: str, judged: pa.Table) -> Labelled:
    values = dict(lake.rows("select sample_id, value from scores where axis = ? and value is not null", [name]))
    if not values:
        known = [row[0] for row in lake.rows("select distinct axis from scores where value is not null")]
        raise UnknownNameError.of("scored axis", name, known)
    return labelling.of_scores(values, judged)


def _threshold(axis: Axis, judged: pa.Table, given: float | None) -> float:
    low, high = axis.range
    if given is not None:
        if (low is not None and given < low) or (high is not None and given > high):
            raise UsageError(f"{given:g} is not on the scale of {axis.name}.", hint="See: oda axes NAME").about(given)
        return given
    if low is not None and high is not None:
        return (low + high) / 2.0
    return float(np.median(judged.column("value").to_numpy()))


def _store(lake: Lake, report: CalibrationReport) -> None:
    plain = report.as_dict()
    row = {
        "axis": report.axis,
        "scorer_version": report.scorer_version,
        "against": report.against,
        "labels_hash": report.labels_hash,
        "n": report.n,
        "kappa": report.kappa["quadratic"],
        "alpha": report.alpha["interval"],
        "youden": report.cut.youden,
        "report": json.dumps({name: value for name, value in plain.items() if name != "means"}),
        "created": dt.datetime.now(dt.UTC).replace(tzinfo=None),
    }

    def work(connection: Connection) -> None:
        for table, rows in ((CALIBRATIONS, [row]), (CALIBRATED_MEANS, plain["means"])):
            delete(connection, table.name, axis=report.axis, scorer_version=report.scorer_version)
            put(connection, table, rows)

    lake.transact(work, message=f"calibrate {report.axis} with {report.n} labels of {report.against}")
