"""Means of a dataset corrected for the judge's errors, with intervals that know both samples.

- `prediction_powered`: the mean of labels, from few labels and many scores (PPI++, Angelopoulos et al. 2023, arXiv
  2311.01453, section 6). Its variance is never above that of the labels alone, in the limit.
- `rogan_gladen`: the share of samples above a threshold, from sensitivity and specificity (Rogan and Gladen 1978), with
  the adjusted interval of arXiv 2511.21140. Less exact than the first where both apply (arXiv 2601.05420).

Both assume that the labelled samples are a random draw of those whose mean is asked for: calibration borrowed from
another dataset can turn the sign of a difference (arXiv 2605.06939), so none is borrowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from pipelines.calibrating.agreement import Cut, Numbers


@dataclass(frozen=True)
class Corrected:
    """An estimate with its interval.

    - raw: what the judge alone would say.
    - labelled, unlabelled: samples with a label, and those with a score only.
    - trust: the weight given to the judge (lambda of PPI++; Youden's J of Rogan-Gladen); 0 where it helps nothing.
    """

    value: float
    low: float
    high: float
    raw: float
    labelled: int
    unlabelled: int
    trust: float


def prediction_powered(
    labels: Numbers, scores: Numbers, unlabelled: Numbers, *, confidence: float = 0.95, trust: float | None = None
) -> Corrected | None:
    """The mean label of a population, from labelled samples with scores and the scores of further samples.

    trust = Cov(label, score) / ((1 + n/N) Var(score)) minimises the variance; 1 is plain PPI, 0 the labels alone.
    None for fewer than three labels. Where trust is estimated, the interval allows for that as for a slope: n - 2
    degrees of freedom, and the distance of labelled scores from the others (Cochran 1977, Sampling Techniques, 7.3).
    """
    n, more = len(labels), len(unlabelled)
    if n < 3:
        return None
    everything = np.concatenate([scores, unlabelled])
    estimated = trust is None
    if trust is None:
        shared, variance = float(np.cov(labels, scores, ddof=1)[0, 1]), float(everything.var(ddof=1))
        trust = shared / ((1.0 + n / more) * variance) if more and variance > 0.0 else 0.0
    residuals = labels - trust * scores
    value, spread = float(labels.mean()), float(residuals.var(ddof=2 if estimated and trust else 1)) / n
    if more:
        gap, around = float(unlabelled.mean() - scores.mean()), float(scores.var()) * n
        value += trust * gap
        if estimated and around > 0.0:
            spread *= 1.0 + gap**2 * n / around
        spread += trust**2 * float(unlabelled.var()) / more
    reach = float(stats.t.ppf((1.0 + confidence) / 2.0, n - 2 if estimated and trust else n - 1)) * sqrt(spread)
    return Corrected(value, value - reach, value + reach, float(everything.mean()), n, more, trust)


def rogan_gladen(said: float, of: int, judge: Cut, *, confidence: float = 0.95) -> Corrected | None:
    """The share of samples truly above the threshold, when the judge puts the share `said` of `of` samples above.

    None where sensitivity or specificity is unknown or the judge is no better than chance: nothing can be corrected.
    """
    if judge.youden is None or judge.sensitivity is None or judge.specificity is None or judge.youden <= 0.0 or not of:
        return None
    value = min(max((said + judge.specificity - 1.0) / judge.youden, 0.0), 1.0)
    z = float(stats.norm.ppf((1.0 + confidence) / 2.0))
    share, n = (of * said + z * z / 2.0) / (of + z * z), of + z * z
    specificity, negatives = (judge.negatives * judge.specificity + 1.0) / (judge.negatives + 2.0), judge.negatives + 2
    sensitivity, positives = (judge.positives * judge.sensitivity + 1.0) / (judge.positives + 2.0), judge.positives + 2
    youden = specificity + sensitivity - 1.0
    if youden <= 0.0:
        return None
    centre = (share + specificity - 1.0) / youden
    false, true = specificity * (1.0 - specificity) / negatives, sensitivity * (1.0 - sensitivity) / positives
    error = sqrt(share * (1.0 - share) / n + (1.0 - centre) ** 2 * false + centre**2 * true) / youden
    centre += 2.0 * z * z * (centre * true - (1.0 - centre) * false)
    low, high = max(centre - z * error, 0.0), min(centre + z * error, 1.0)
    labelled = judge.positives + judge.negatives
    return Corrected(value, low, high, said, labelled, of, judge.youden)
