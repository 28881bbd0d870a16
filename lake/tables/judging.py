"""What judges and verifiers answered, and how far it can be trusted."""

from __future__ import annotations

from lake.tables.schema import Column, Table

JUDGEMENTS = Table(
    "judgements",
    "One row per content, question and judge: what the judge answered, or why there is no answer.",
    (
        Column("content_id", "UUID", "content of the samples asked about", since=7),
        Column("judgement", "VARCHAR", "question and judge, e.g. judge_q@qwen3-8b", since=7),
        Column("version", "VARCHAR", "hash of the question, revision and settings of the judge", since=7),
        Column("status", "VARCHAR", "ok, not_applicable, too_long, failed or unparsable", since=7),
        Column("detail", "VARCHAR", "reason when there is no answer", since=7),
        Column("answer", "JSON", "the answer as read; NULL unless status is ok", since=7),
        Column("raw", "VARCHAR", "the last answer as it was generated; NULL where none was", since=7),
        Column("attempts", "INTEGER", "times the judge was asked: 2 where the first answer could not be read", since=7),
        Column("prompt_tokens", "BIGINT", "tokens read, over all attempts", since=7),
        Column("completion_tokens", "BIGINT", "tokens written, over all attempts", since=7),
    ),
    since=7,
    keys=(("content_id", "judgement"),),
)

VERDICTS = Table(
    "verdicts",
    "One row per sample and way to check: how many generated answers agree with its reference answer.",
    (
        Column("sample_id", "BIGINT", "sample whose reference answer was compared", since=7),
        Column("dataset", "VARCHAR", "dataset of the sample", since=7),
        Column("verdict", "VARCHAR", "how it was checked and whose answers, e.g. check@qwen3-8b", since=7),
        Column("version", "VARCHAR", "version of the check and of the answers", since=7),
        Column("status", "VARCHAR", "ok, not_applicable, failed or unparsable", since=7),
        Column("detail", "VARCHAR", "reason when nothing could be decided", since=7),
        Column("right", "INTEGER", "answers that agree; NULL unless status is ok", since=7),
        Column("attempts", "INTEGER", "answers that were compared", since=7),
        Column("verifier", "VARCHAR", "exact, mathematics, program or judge", since=7),
        Column("agreed", "BOOLEAN[]", "answer by answer", since=7),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "verdict"),),
    decided_by=("content_id", "reference_answer"),
)

CALIBRATIONS = Table(
    "calibrations",
    "One row per axis and version that was compared with labels.",
    (
        Column("axis", "VARCHAR", "axis, e.g. qa_correctness", since=7),
        Column("scorer_version", "VARCHAR", "version of the scores compared", since=7),
        Column("against", "VARCHAR", "where the labels come from: a file, or another axis", since=7),
        Column("labels_hash", "VARCHAR", "hash of samples and labels", since=7),
        Column("n", "BIGINT", "samples with a label and a score", since=7),
        Column(
            "kappa", "DOUBLE", "quadratic weighted kappa of label and score; NULL where chance agrees fully", since=7
        ),
        Column("alpha", "DOUBLE", "Krippendorff's alpha, interval, of all raters and the judge", since=7),
        Column("youden", "DOUBLE", "Youden's J at the threshold; NULL where one side has no label", since=7),
        Column("report", "JSON", "everything that was measured: agreement, confusion, biases, parameters", since=7),
        Column("created", "TIMESTAMP", "when, UTC", since=7),
    ),
    since=7,
    keys=(("axis", "scorer_version"),),
)

CALIBRATED_MEANS = Table(
    "calibrated_means",
    "One row per calibrated axis, dataset and method: its mean as labels of all samples would give it.",
    (
        Column("axis", "VARCHAR", "axis, e.g. qa_correctness", since=7),
        Column("scorer_version", "VARCHAR", "version of the scores", since=7),
        Column("dataset", "VARCHAR", "dataset", since=7),
        Column(
            "method", "VARCHAR", "mean (PPI++) or share (Rogan-Gladen, of samples at or above the threshold)", since=7
        ),
        Column("value", "DOUBLE", "corrected estimate; NULL where there are too few labels", since=7),
        Column("low", "DOUBLE", "lower end of its interval", since=7),
        Column("high", "DOUBLE", "upper end of its interval", since=7),
        Column("raw", "DOUBLE", "what the judge alone says", since=7),
        Column("labelled", "BIGINT", "samples of the dataset with a label", since=7),
        Column("unlabelled", "BIGINT", "samples of the dataset with a score only", since=7),
        Column("trust", "DOUBLE", "weight given to the judge: lambda of PPI++, or Youden's J", since=7),
        Column("detail", "VARCHAR", "reason when there is no estimate", since=7),
    ),
    since=7,
    keys=(("axis", "scorer_version", "dataset", "method"),),
)
