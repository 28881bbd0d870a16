"""vocd-D: the parameter of the curve that best fits how the type-token ratio falls with sample size.

    E[TTR(n)] = (1 / n) sum over types t of 1 - C(N - k_t, n) / C(N, n),   n = 35 ... 50
    D = argmin sum over n of (TTR(n) - (D / n) (sqrt(1 + 2 n / D) - 1))^2

The reference estimates E[TTR(n)] from 100 random draws, three times; the expectation is exact, has no seed, and
costs a thousandth. Malvern and Richards 1997; McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381.
Reference: VocdDScorer; the 51-word sentence of the golden vectors gives 54.7407 sampled, 54.5747 exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.kinds import Whole
from lake.values import SEED
from scorers.batch import Absence, Batch, Column
from scorers.spec import Axis, Option, Scorer, Settings

if TYPE_CHECKING:
    from scorers.derived.words import Words

SCORER = Scorer(
    name="vocd_d",
    version="1",
    axes=(
        Axis(
            "vocd_d",
            "Lexical diversity D fitted to the expected type-token ratios of 35 to 50 words.",
            range=(0, None),
            direction="higher",
        ),
    ),
    options=(
        Option("ntokens", 50, "largest sample; a text needs more words than that", Whole(35, 10_000)),
        Option("within_sample", 100, "draws per sample size; parity form only", Whole(1, 100_000)),
        Option("seed", 42, "seed of the draws; parity form only", SEED),
    ),
    corrections=(
        "exact expectation in place of random draws, which gave another value each time",
        "a text of at most 50 words is not_applicable, not 0: the fit needs draws of up to 50",
        "a text in which no word repeats is not_applicable: the fit has no maximum",
        "NFC text, so that equal content has equal scores",
    ),
    citation="McCarthy and Jarvis 2010, doi 10.3758/BRM.42.2.381",
    reference="VocdDScorer: 54.7407 sampled, 54.5747 exact, on a 51-word sentence",
    cost_us=12.0,
)

SMALLEST, REPETITIONS = 35, 3


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    """Fit D to each text that has enough words."""
    import numpy as np  # late, like every library of a scorer

    from scorers.derived.words import words
    from scorers.kernels.diversity import vocd_values

    found = batch.derive(words, "spoken", "sample", settings["parity"])
    most = settings["ntokens"]
    if settings["parity"]:
        texts = zip(found.offsets, found.offsets[1:], strict=False)
        return {"vocd_d": Column.of([_sampled(_without_empty(found, a, b), settings) for a, b in texts])}
    values = vocd_values(found.ids, found.offsets, found.types, most)
    absences = [
        Absence(np.isnan(values), "not_applicable", f"the text has at most {most} words"),
        Absence(np.isinf(values), "not_applicable", "no word repeats"),
    ]
    return {"vocd_d": Column.of(values, absences)}


def _without_empty(found: Words, start: int, end: int) -> list[int]:
    ids: list[int] = found.ids[start:end].tolist()
    return [word for word in ids if word >= 0]


def _sampled(ids: list[int], settings: Settings) -> float:
    """The reference's estimate: the same draws from the same generator, fitted by the same routine."""
    import random

    import numpy as np
    from scipy.optimize import curve_fit

    most, draws = settings["ntokens"], settings["within_sample"]
    if len(ids) <= most:
        return 0.0
    generator = random.Random(settings["seed"])
    sizes = np.arange(SMALLEST, most + 1, dtype=np.float64)
    estimates = []
    for _ in range(REPETITIONS):
        ratios = [
            np.mean([len(set(generator.sample(ids, n))) / n for _ in range(draws)]) for n in range(SMALLEST, most + 1)
        ]
        try:
            with np.errstate(invalid="ignore"):  # a trial D below 0 on the way
                fit, _ = curve_fit(lambda n, d: (d / n) * (np.sqrt(1 + 2 * (n / d)) - 1), sizes, ratios)
        except RuntimeError:  # the fit did not converge; the reference stores 0
            return 0.0
        estimates.append(fit[0])
    return float(np.mean(estimates))
