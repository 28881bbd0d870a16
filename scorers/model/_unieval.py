"""What the axes of UniEval share: how likely the answer to a question is yes, over the sentences it was asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.signals.questions import QUESTIONS
from scorers.signals.reading import NFC, NULLS, too_long
from scorers.spec import CONTENT_COLUMNS, Axis, Scorer, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Column, Floats
    from scorers.spec import Settings

CORRECTIONS = (
    "a sample that lacks what a question compares with has no value for it, and does not end the run",
    "what a response is compared with is cut where the whole is too long, and then the sample is too_long",
    NULLS,
    NFC,
)
CITATION = "arXiv 2210.07197"
ENGAGING = "engagingness"


def asked(task: str, *names: str) -> tuple[StoredRows, ...]:
    """The stored answers to these questions of a task; where a reference or a context is read, of each sample."""
    found = []
    for question in QUESTIONS[task]:
        if question.name not in names:
            continue
        relation = "ratings" if CONTENT_COLUMNS.issuperset(question.reads) else "comparisons"
        kind = f"unieval_{task}_{question.name}"
        found.append(
            StoredRows(
                relation,
                f"{kind}@{{model}}",
                ("log_probabilities", "cut"),
                parity=f"{kind}(parity,max_length=1024)@{{model}}",
            )
        )
    return tuple(found)


def axis(task: str, name: str, what: str) -> Axis:
    """The axis of a question: a probability, or for engagingness a sum of them."""
    unbounded = name == ENGAGING or (task == "dialog" and name == "overall")
    return Axis(
        f"unieval_{task}_{name}",
        what,
        unit="" if unbounded else "probability",
        range=(0, None if unbounded else 1),
        direction="higher",
    )


def values(batch: Batch, rows: StoredRows) -> Floats:
    """p(yes) / (p(yes) + p(no)): the mean over the prompts of a question, for engagingness their sum."""
    import numpy as np

    lists = batch.stored(rows, "log_probabilities")
    pairs = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float64).reshape(-1, 2)
    said = 1 / (1 + np.exp(pairs[:, 1] - pairs[:, 0]))
    counts = np.asarray(lists.value_lengths()) // 2
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    sums: Floats = np.add.reduceat(said, starts) if len(said) else np.zeros(len(lists))
    return sums if ENGAGING in rows.kind else sums / counts


def scores(batch: Batch, stored: tuple[StoredRows, ...], settings: Settings) -> dict[str, Column]:
    """The answer to each question."""
    from scorers.batch import Column

    return {
        rows.kind.partition("@")[0]: Column.of(values(batch, rows), too_long(batch, rows, settings)) for rows in stored
    }


def overall(batch: Batch, stored: tuple[StoredRows, ...], settings: Settings) -> Column:
    """The mean of all questions; engagingness, which is no probability, is in it in parity form only."""
    import numpy as np

    from scorers.batch import Column

    taken = [rows for rows in stored if settings["parity"] or ENGAGING not in rows.kind]
    absences = [absence for rows in taken for absence in too_long(batch, rows, settings)]
    return Column.of(np.mean([values(batch, rows) for rows in taken], axis=0), absences)


def declared(name: str, task: str, axes: tuple[Axis, ...], stored: tuple[StoredRows, ...], reference: str) -> Scorer:
    """The declaration of a scorer of UniEval."""
    from scorers.signals.reading import CUT, model_option

    model = "unieval-sum" if task == "d2t" else f"unieval-{task}"
    more = ("the mean leaves engagingness out, a sum without a bound",) if task == "dialog" else ()
    return Scorer(
        name=name,
        version="1",
        axes=axes,
        reads=(),
        stored=stored,
        options=(model_option(model), CUT),
        corrections=(*CORRECTIONS, *more),
        model=model,
        citation=CITATION,
        reference=reference,
        cost_us=1.0,
    )
