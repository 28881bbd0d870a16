"""What models say of a content: kept once, read by many axes."""

from __future__ import annotations

from lake.tables.schema import Column, Table

_SIGNAL = (
    Column("signal", "VARCHAR", "what was asked of which model, e.g. text@qwen3-8b", since=7),
    Column("version", "VARCHAR", "version of the question, revision of the model, engine and number type", since=7),
    Column("status", "VARCHAR", "ok, not_applicable, too_long or failed", since=7),
    Column("detail", "VARCHAR", "why there are no values", since=7),
    Column("tokens", "INTEGER", "tokens that the values are of", since=7),
    Column("cut", "INTEGER", "tokens of the content that were left out, so that the rest fitted", since=7),
)
"""Columns of every relation of signals of models, between the key and the values."""

_CONTENT = Column("content_id", "UUID", "content of the samples that were read", since=7)

TOKEN_SIGNALS = Table(
    "token_signals",
    "One row per content, question and causal model: log-probabilities (nats) of its tokens, summed up.",
    (
        _CONTENT,
        *_SIGNAL,
        Column(
            "log_probability", "DOUBLE", "sum of ln p(token) over the text; NULL where only the answer counts", since=7
        ),
        Column("entropy", "DOUBLE", "sum of the entropies of the distributions that predict its tokens", since=7),
        Column("answer_tokens", "INTEGER", "tokens of the answer; NULL where there is none", since=7),
        Column("answer_log_probability", "DOUBLE", "sum of ln p(token) over the answer", since=7),
        Column("answer_entropy", "DOUBLE", "sum of the entropies over the answer", since=7),
        Column("answer_threshold", "DOUBLE", "the 99.5th percentile of the entropies of the answer", since=7),
        Column("answer_top_entropy", "DOUBLE", "sum of the entropies at or above it", since=7),
        Column("answer_top_tokens", "INTEGER", "how many those are", since=7),
        Column("answer_uncertainty", "DOUBLE", "sum of sigmoid(-ln p) max(0, 1 - entropy / ln vocabulary)", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

RATINGS = Table(
    "ratings",
    "One row per content, question and model: log-probabilities (nats) of possible next tokens.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("log_probabilities", "FLOAT[]", "of the candidates, prompt after prompt", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

COMPARISONS = Table(
    "comparisons",
    "One row per sample, question and model, of what is compared with a reference answer or a context.",
    (
        Column("sample_id", "BIGINT", "sample that was read", since=7),
        Column("dataset", "VARCHAR", "dataset of the sample", since=7),
        *_SIGNAL,
        Column("log_probabilities", "FLOAT[]", "of the candidates, prompt after prompt", since=7),
    ),
    partitioned_by=("dataset",),
    since=7,
    keys=(("sample_id", "signal"),),
    decided_by=("content_id", "reference_answer", "meta"),
)

REWARDS = Table(
    "rewards",
    "One row per content, form of the text and reward model or classifier: the raw outputs of its head.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("pieces", "INTEGER", "pieces the text was read in; values are their mean by tokens", since=7),
        Column("values", "FLOAT[]", "one for each output, without softmax or sigmoid", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

GRADIENT_SIGNALS = Table(
    "gradient_signals",
    "One row per content, question and causal model: what the gradient of its loss is like.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("loss", "DOUBLE", "mean -ln p(token) over the answer", since=7),
        Column("norm", "DOUBLE", "Euclidean norm of the gradient of the loss over all parameters", since=7),
        *(
            Column(f"{name}_{matrix}", "DOUBLE", f"{title} of the gradient of the {of} projection", since=7)
            for name, title in (("effective_rank", "effective rank"), ("nuclear_norm", "nuclear norm"))
            for matrix, of in (("q", "query"), ("k", "key"), ("v", "value"), ("o", "output"))
        ),
        Column("fisher", "FLOAT[]", "diagonal Fisher information of the bias of the last norm", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)

STATE_SPECTRA = Table(
    "state_spectra",
    "One row per content and embedding model: the spectrum of the last hidden states of its tokens.",
    (
        _CONTENT,
        *_SIGNAL,
        Column("entropy", "DOUBLE", "entropy (nats) of the shares of the singular values", since=7),
    ),
    since=7,
    keys=(("content_id", "signal"),),
)
