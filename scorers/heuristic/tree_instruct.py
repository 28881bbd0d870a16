"""Size and depth of the dependency trees of the text, by a spaCy parser of English.

    tree_nodes = tokens, punctuation and white space included; tree_depth = longest chain of heads, a root alone is 1

Zhao et al. 2023, Tree-Instruct, arXiv 2308.05696 (there: the tree of an instruction).
Reference: TreeInstructScorer (en_core_web_sm). A text that is not English gets the numbers of a misled parser.
"""

from __future__ import annotations

from lake.kinds import OneOf
from lake.values import RESOURCE
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

SCORER = Scorer(
    name="tree_instruct",
    version="1",
    axes=(
        Axis(
            "tree_nodes",
            "Tokens of the dependency trees of instruction and response.",
            type="integer",
            unit="tokens",
            range=(1, None),
            direction="higher",
        ),
        Axis(
            "tree_depth",
            "Longest chain of heads in the dependency trees of instruction and response.",
            type="integer",
            unit="tokens",
            range=(1, None),
            direction="higher",
        ),
    ),
    options=(
        Option("model", "en_core_web_sm", "a spaCy pipeline: installed package or folder", RESOURCE),
        Option("view", "sample", "text looked at: sample or instruction", OneOf("view", ("sample", "instruction"))),
    ),
    corrections=(
        "an empty text is not_applicable, one over 1,000,000 characters too_long, not 0: there is no tree",
        "NFC text, so that equal content has equal scores",
    ),
    needs=("spacy",),
    extra="parse",
    resource="spacy_model",
    on_request=True,
    model="en_core_web_sm",
    revision="3.8.0",
    citation="arXiv 2308.05696",
    reference="TreeInstructScorer: 1 and 1 for a single word",
    cost_us=15_000.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Parse each text once for both axes."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.trees import trees
    from scorers.kernels.trees import tree_depths

    found = batch.derive(trees, settings["model"], settings["view"], settings["parity"])
    nodes, depths = np.diff(found.offsets), tree_depths(found.heads, found.offsets)
    absences = [
        Absence(found.too_long, "too_long", "the text has more than 1,000,000 characters"),
        Absence(nodes == 0, "not_applicable", "the text is empty"),
    ]
    if settings["parity"]:
        absences = []
    return {"tree_nodes": Column.of(nodes, absences), "tree_depth": Column.of(depths, absences)}
