"""Fitting an axis: a fastText classifier of the samples two queries select, stored beside what it came from.

The same queries at the same snapshot with the same settings give the same model, byte for byte: texts are sorted, the
seed is fixed and one thread trains. A share of the texts, chosen by their hash, is held out to measure the accuracy.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from lake.catalog import Lake
from lake.errors import MissingExtraError, UsageError
from lake.failures import translated_errors
from lake.values import NEW_AXIS
from pipelines.classifying.classifier import Fitting, Labelled, accuracy, fit, publish, sha256_of, split, workroom
from pipelines.progress import Progress, Silent
from pipelines.slicing.selection import load_query, materialise, prepare, restrict
from scorers.batch import Batch
from scorers.installed import installed
from scorers.trained import EXTRA, MODULE, NEGATIVE, POSITIVE, SUFFIX, lines

LEAST = 20
"""Texts of either side below which nothing is trained."""


@dataclass(frozen=True)
class ClassifierReport:
    """What was trained and how well it does on texts it has not seen.

    - ambiguous: texts that both queries select; neither side is given them.
    - accuracy: share of held-out texts on the right side, both sides counting equally; None where none was held out.
    """

    axis: str
    path: str
    sha256: str
    snapshot: int
    positives: int
    negatives: int
    ambiguous: int
    trained_on: int
    tested_on: int
    accuracy: float | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def fit_axis(
    lake: Lake,
    name: str,
    *,
    positive: str,
    negative: str,
    description: str = "",
    fitting: Fitting = Fitting(),  # noqa: B008 - frozen
    replace: bool = False,
    progress: Progress | None = None,
) -> ClassifierReport:
    """Train the axis `name` from two queries that select `sample_id`, as slices do: SQL, files or names of recipes.

    Raises UsageError for a name that is taken, a query that is no such select, or too few texts.
    """
    began = time.monotonic()
    _check(lake, name, replace=replace)
    progress = progress or Silent()
    given = {"positive": load_query(positive), "negative": load_query(negative)}
    with Lake.open(lake.settings, snapshot=lake.snapshot) as past:
        snapshot = past.snapshot
        restrict(past)
        progress.start(f"train {name}", 3, "steps")
        selected = {side: _texts(past, f"the {side} samples", query, fitting) for side, query in given.items()}
    both = selected["positive"] & selected["negative"]
    texts = {side: sorted(found - both) for side, found in selected.items()}
    for side, found in texts.items():
        if len(found) < LEAST:
            raise UsageError(
                f"The {side} query gives {len(found):,} different texts that the other does not; {LEAST} are needed.",
                hint="Select more samples, or others on the other side.",
            )
    progress.advance(1)
    labelled = [Labelled(POSITIVE, text) for text in texts["positive"]]
    labelled += [Labelled(NEGATIVE, text) for text in texts["negative"]]
    kept, held = split(labelled, fitting)
    with translated_errors(lake.settings):
        folder = lake.settings.home / "scorers"
        folder.mkdir(parents=True, exist_ok=True)
        with workroom(folder) as work:
            model = fit(work, kept, fitting)
            progress.advance(1)
            measured, sha256 = accuracy(model, held), sha256_of(model)
            facts = {
                "description": description or f"Probability of being like the positive samples of {name} (fastText).",
                **{side: query.strip() for side, query in given.items()},
                "snapshot": snapshot,
                "sha256": sha256,
                **asdict(fitting),
                "positives": len(texts["positive"]),
                "negatives": len(texts["negative"]),
                "ambiguous": len(both),
                "trained_on": len(kept),
                "tested_on": len(held),
                "accuracy": measured,
            }
            publish(model, folder / f"{name}{SUFFIX}", name, facts)
    progress.finish()
    return ClassifierReport(
        axis=name,
        path=str(folder / f"{name}{SUFFIX}"),
        sha256=sha256,
        snapshot=snapshot,
        positives=len(texts["positive"]),
        negatives=len(texts["negative"]),
        ambiguous=len(both),
        trained_on=len(kept),
        tested_on=len(held),
        accuracy=measured,
        seconds=time.monotonic() - began,
    )


def _texts(past: Lake, of: str, query: str, fitting: Fitting) -> set[str]:
    """The different texts of the samples a query selects, at most as many as wanted, chosen by their hash."""
    materialise(past, of, prepare(of, query))
    found: set[str] = set()
    reader = past.connection.execute(_TEXTS, {"at_most": fitting.at_most, "seed": fitting.seed})
    for data in reader.to_arrow_reader(8192):
        found.update(Batch(data).derive(lines, fitting.view))
    return found - {""}


_TEXTS = """
with picked as (
    select any_value(instruction) as instruction, any_value(response) as response, content_id
    from samples
    join chosen using (sample_id)
    group by content_id
)
select instruction, response
from picked
order by md5(content_id::varchar || $seed::varchar), content_id
limit $at_most
"""


def _check(lake: Lake, name: str, *, replace: bool) -> None:
    import importlib.util

    if importlib.util.find_spec(MODULE) is None:
        raise MissingExtraError.of("Training an axis (module fasttext)", EXTRA)
    NEW_AXIS(name)
    known = installed(lake.settings).axes()
    if name not in known:
        return
    path = known[name][1].path
    if not path.name.endswith(SUFFIX) or path.parent != lake.settings.home / "scorers":
        raise UsageError(f"The axis {name!r} exists already, in {path}.", hint="Choose another name.")
    if not replace:
        raise UsageError(f"The axis {name!r} is trained already.", hint="Train it again with --replace.")
