"""Instruction-following difficulty: how little the instruction helps a model to foresee the response.

    exp(mean -ln p(response | prompt)) / exp(mean -ln p(response | start token))

Near 1 the instruction is of no help; above 1 it misleads. Li et al. 2024, arXiv 2308.12032. Reference: IFDScorer.
"""

from __future__ import annotations

from lake.values import TEXT
from scorers.batch import Batch, Column
from scorers.signals.reading import CUT, NFC, NULLS, SCAFFOLD, WHOLE, floats, model_option, too_long
from scorers.spec import Axis, Option, Scorer, Settings, StoredRows

CHATML = "%3C%7Cim_start%7C%3Euser%0A%7Binstruction%7D%3C%7Cim_end%7C%3E%0A%3C%7Cim_start%7C%3Eassistant%0A"
COLUMNS = ("answer_tokens", "answer_log_probability", "cut")

GIVEN, ALONE = (
    StoredRows(
        "token_signals",
        f"{signal}(template={{template}})@{{model}}",
        COLUMNS,
        parity=f"{signal}(parity,max_length=2048,template={CHATML})@{{model}}",
    )
    for signal in ("answer_given_prompt", "answer_alone")
)

SCORER = Scorer(
    name="ifd",
    version="1",
    axes=(
        Axis(
            "ifd",
            "Perplexity of the response after its instruction, divided by that of the response alone.",
            range=(0, None),
            direction="higher",
        ),
    ),
    reads=(),
    stored=(GIVEN, ALONE),
    options=(
        model_option("qwen2.5-3b-instruct"),
        Option("template", "", "the prompt: empty for the model's chat template, or a text with {instruction}", TEXT),
        CUT,
    ),
    corrections=(
        "by the model that is named; the reference takes GPT-2 for every model that is no local folder",
        "the prompt is the model's own chat template, not ChatML, which other models have never seen",
        SCAFFOLD,
        "sums in float32 and float64, not in the model's bfloat16",
        WHOLE,
        NULLS,
        NFC,
    ),
    model="qwen2.5-3b-instruct",
    citation="arXiv 2308.12032",
    reference="IFDScorer: 0.772218 for 'edge-code-bare', by the golden causal_llama",
    cost_us=1.0,
)


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """The ratio, as the exponential of the difference of the mean losses."""
    import numpy as np  # late, like every library of a scorer

    given, alone = (
        -floats(batch, rows, "answer_log_probability") / floats(batch, rows, "answer_tokens") for rows in (GIVEN, ALONE)
    )
    return {"ifd": Column.of(np.exp(given - alone), too_long(batch, GIVEN, settings))}
