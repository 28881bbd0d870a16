"""How many intentions a tagger finds in an instruction; the tags themselves stay in `judgements`.

Lu et al. 2023, arXiv 2308.07074. InsTagger answers with a list of objects {"tag", "explanation"}. Reference:
InstagScorer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorers.signals.reading import model_option
from scorers.spec import Axis, Scorer, Settings, StoredRows

if TYPE_CHECKING:
    from scorers.batch import Batch, Column

TAGS = StoredRows("judgements", "instag@{model}", ("answer", "raw"))

SCORER = Scorer(
    name="instag",
    version="1",
    axes=(
        Axis(
            "instag",
            "Number of intentions that a tagger finds in the instruction.",
            type="integer",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(TAGS,),
    options=(model_option("instagger"),),
    corrections=(
        "complete tags are counted where the list breaks off at the limit of tokens, which the reference counts as 0",
        "only objects with a tag count, not every member of a list",
        "a text without tags is unparsable, not 0; in parity form too",
    ),
    model="instagger",
    citation="arXiv 2308.07074",
    reference="InstagScorer: 2 for a list of two tags",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """The tags of the stored answers, as the reference counts them in parity form."""
    import orjson  # late, like every library of a scorer

    from scorers.batch import Column
    from scorers.judging.answers import counted_tags

    if settings["parity"]:
        return {"instag": Column.of([counted_tags(raw or "") for raw in batch.stored(TAGS, "raw").to_pylist()])}
    return {"instag": Column.of([len(orjson.loads(tags)) for tags in batch.stored(TAGS, "answer").to_pylist()])}
