"""Statistics of calibration against published values, their own properties, and simulations of coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.calibrating.agreement import Cut, confusion, cut, weighted_kappa
from pipelines.calibrating.alpha import krippendorff_alpha
from pipelines.calibrating.bias import length_bias, order_bias
from pipelines.calibrating.corrected import prediction_powered, rogan_gladen

NAN = float("nan")

# 85 mammograms, two radiologists: Boyd 1982, as printed in Altman 1991 and in the manual of Stata (kap).
MAMMOGRAMS = np.array([[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]])

# Four observers, twelve units, values missing: Krippendorff 2011, table of section C.
OBSERVED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)

LABELS = np.array([7, 5, 8, 3, 9, 6, 4, 8, 7, 5, 2, 9.0])
SCORES = np.array([8, 5, 9, 4, 9, 7, 6, 8, 6, 6, 3, 8.0])
MORE = np.array([6, 7, 8, 5, 9, 4, 3, 7, 8, 6, 5, 7, 9, 8, 4, 6, 7, 5, 8, 6, 3, 7, 9, 6.0])


def raters(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(table)
    times = table[rows, columns]
    return np.repeat(rows, times).astype(float), np.repeat(columns, times).astype(float)


@pytest.mark.parametrize(("weights", "kappa"), [("none", 0.4728), ("linear", 0.5684), ("quadratic", 0.6714)])
def test_kappa_of_the_mammograms_is_as_published(weights, kappa):
    assert weighted_kappa(*raters(MAMMOGRAMS), weights) == pytest.approx(kappa, abs=5e-5)


def test_kappa_is_one_for_equal_ratings_and_none_where_chance_agrees_fully():
    ratings = np.array([1.0, 5.0, 5.0, 9.0])
    assert weighted_kappa(ratings, ratings) == 1.0
    assert weighted_kappa(np.ones(4), np.ones(4)) is None
    assert weighted_kappa(np.array([]), np.array([])) is None


@given(
    st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=2, max_size=40),
    st.sampled_from(["none", "linear", "quadratic"]),
)
def test_kappa_equals_its_definition_over_the_table(pairs, weights):
    labels, scores = (np.array(part, float) for part in zip(*pairs, strict=True))
    table = np.zeros((10, 10))
    for label, score in pairs:
        table[label - 1, score - 1] += 1 / len(pairs)
    apart = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    weight = {"none": apart > 0, "linear": apart, "quadratic": apart**2}[weights]
    expected = (weight * np.outer(table.sum(1), table.sum(0))).sum()
    found = weighted_kappa(labels, scores, weights)
    if expected == 0:
        assert found is None
    else:
        assert found == pytest.approx(1 - (weight * table).sum() / expected, abs=1e-9)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_four_observers_is_as_published(level, alpha):
    assert krippendorff_alpha(OBSERVED, level) == pytest.approx(alpha, abs=5e-4)


def test_alpha_says_nothing_where_nothing_can_be_compared():
    assert krippendorff_alpha(np.array([[1.0, NAN], [NAN, 2.0]]), "interval") is None
    assert krippendorff_alpha(np.array([[3.0, 3.0], [3.0, 3.0]]), "nominal") is None


def test_alpha_does_not_depend_on_the_order_of_raters_or_units():
    turned = OBSERVED[::-1, ::-1]
    for level in ("nominal", "ordinal", "interval"):
        assert krippendorff_alpha(turned, level) == pytest.approx(krippendorff_alpha(OBSERVED, level), abs=1e-12)


def test_confusion_counts_every_pair_once():
    table = confusion(*raters(MAMMOGRAMS))
    assert table.labels == (0, 1, 2, 3)
    assert table.counts.tolist() == MAMMOGRAMS.tolist()


def test_a_cut_gives_sensitivity_specificity_and_youdens_j():
    found = cut(LABELS, SCORES, 7)  # 6 labels from 7 on, of which the judge sees 5; 6 below, of which it puts 5 below
    assert (found.positives, found.negatives) == (6, 6)
    assert (found.sensitivity, found.specificity) == (5 / 6, 5 / 6)
    assert found.youden == pytest.approx(2 / 3)
    assert cut(LABELS, SCORES, 1).specificity is None
    assert cut(LABELS, SCORES, 1).youden is None


def test_order_bias_is_the_mean_shift_with_a_t_interval():
    found = order_bias(np.array([5.0, 6, 7, 8]), np.array([6.0, 7, 7, 10]))
    assert found is not None
    assert found.shift.value == 1.0
    assert found.moved == 0.75
    assert found.shift.low == pytest.approx(1 - 3.182446 * np.sqrt(2 / 3) / 2, abs=1e-5)
    assert not found.shift.biased
    assert order_bias(np.array([5.0]), np.array([6.0])) is None


def test_length_bias_is_found_where_it_is_and_not_where_it_is_not():
    random = np.random.default_rng(7)
    labels, lengths = random.integers(1, 11, 400).astype(float), 2 ** random.uniform(4, 12, 400)
    noise = random.normal(0, 0.5, 400)
    fair, biased = labels + noise, labels + noise + 0.3 * np.log2(lengths)
    found = length_bias(labels, biased, lengths)
    assert found is not None
    assert found.biased
    assert found.low < 0.3 < found.high
    assert found.high - found.low < 0.1
    honest = length_bias(labels, fair, lengths)
    assert honest is not None
    assert not honest.biased


def test_length_bias_is_not_estimated_from_equal_lengths_or_a_handful():
    assert length_bias(LABELS, SCORES, np.full(12, 100.0)) is None
    assert length_bias(LABELS[:5], SCORES[:5], np.arange(5) + 10.0) is None
    assert length_bias(np.full(12, 5.0), SCORES, np.arange(12) + 10.0) is not None  # equal labels: length alone


def test_prediction_powered_mean_is_that_of_its_reference():
    plain = prediction_powered(LABELS, SCORES, MORE, trust=1.0)
    tuned = prediction_powered(LABELS, SCORES, MORE)
    assert plain is not None
    assert tuned is not None
    assert plain.value == pytest.approx(5.875)  # ppi-python 0.2.3, as is the next; its covariance divides by n
    assert tuned.trust * 11 / 12 == pytest.approx(0.768657, abs=1e-6)
    assert (tuned.labelled, tuned.unlabelled) == (12, 24)
    assert tuned.raw == pytest.approx(np.concatenate([SCORES, MORE]).mean())


def test_prediction_powered_mean_of_a_useless_judge_is_that_of_the_labels():
    found = prediction_powered(LABELS, np.full(12, 5.0), np.full(24, 5.0))
    assert found is not None
    assert (found.value, found.trust) == (pytest.approx(LABELS.mean()), 0.0)
    alone = prediction_powered(LABELS, SCORES, np.array([]))
    assert alone is not None
    assert alone.value == pytest.approx(LABELS.mean())
    assert prediction_powered(LABELS[:2], SCORES[:2], MORE) is None


def test_prediction_powered_share_equals_the_post_stratified_estimate_where_scores_are_many():
    """With yes/no scores PPI++ is the efficient estimator of arXiv 2601.05420, section 3."""
    random = np.random.default_rng(3)
    truth = (random.random(4000) < 0.3).astype(float)
    said = np.where(truth == 1, random.random(4000) < 0.85, random.random(4000) < 0.2).astype(float)
    found = prediction_powered(truth[:300], said[:300], np.tile(said[300:], 50))
    assert found is not None
    share, labels, scores = np.tile(said, 50).mean(), truth[:300], said[:300]
    stratified = (1 - share) * labels[scores == 0].mean() + share * labels[scores == 1].mean()
    assert found.value == pytest.approx(stratified, abs=2e-3)


def test_rogan_gladen_is_that_of_its_reference():
    """The example of the authors' code for arXiv 2511.21140, and one of 46 labels and 2,400 scores (judgy)."""
    found = rogan_gladen(0.4, 1000, Cut(1, 0.9, 0.7, 200, 200))
    assert found is not None
    assert found.value == pytest.approx(0.1667, abs=5e-5)
    assert (found.low, found.high) == (pytest.approx(0.0563507, abs=1e-6), pytest.approx(0.2627330, abs=1e-6))
    other = rogan_gladen(0.773, 2400, Cut(1, 1.0, 0.75, 34, 12))
    assert other is not None
    assert other.value == pytest.approx(0.697, abs=5e-4)


def test_rogan_gladen_refuses_a_judge_that_is_no_better_than_chance():
    assert rogan_gladen(0.5, 100, Cut(7, 0.4, 0.6, 50, 50)) is None
    assert rogan_gladen(0.5, 100, Cut(7, None, 0.9, 0, 50)) is None
    perfect = rogan_gladen(0.25, 400, Cut(7, 1.0, 1.0, 500, 500))
    assert perfect is not None
    assert perfect.value == 0.25


@pytest.mark.slow
@pytest.mark.parametrize(("labelled", "noise", "shift"), [(30, 1.0, 2.0), (100, 2.0, -1.0), (300, 0.3, 0.5)])
def test_prediction_powered_intervals_hold_the_truth_95_times_in_100(labelled, noise, shift):
    """Labels of mean 5 on a skewed scale, a judge that is shifted and noisy: naive intervals never hold 5."""
    random = np.random.default_rng([labelled, 1])
    held, narrower, naive = 0, 0, 0
    for _ in range(1500):
        truth = 5.0 + random.gamma(2.0, 1.0, labelled + 1000) - 2.0
        judged = 0.7 * truth + shift + random.normal(0, noise, len(truth))
        found = prediction_powered(truth[:labelled], judged[:labelled], judged[labelled:])
        alone = prediction_powered(truth[:labelled], judged[:labelled], np.array([]))
        assert found is not None
        assert alone is not None
        held += found.low <= 5.0 <= found.high
        narrower += found.high - found.low < alone.high - alone.low
        naive += abs(found.raw - 5.0) < 0.1
    assert 0.935 <= held / 1500 <= 0.965
    assert narrower > 1300
    assert naive < 15


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "sensitivity", "specificity", "labelled"),
    [(0.2, 0.9, 0.7, 200), (0.5, 0.8, 0.8, 100), (0.9, 0.95, 0.6, 400)],
)
def test_rogan_gladen_intervals_hold_the_truth_95_times_in_100(share, sensitivity, specificity, labelled):
    random = np.random.default_rng([labelled, 2])
    held, counted = 0, 0
    for _ in range(2000):
        truth = random.random(labelled + 1000) < share
        said = np.where(truth, random.random(len(truth)) < sensitivity, random.random(len(truth)) >= specificity)
        judge = cut(truth[:labelled].astype(float), said[:labelled].astype(float), 1.0)
        found = rogan_gladen(float(said[labelled:].mean()), 1000, judge)
        if found is not None:
            counted += 1
            held += found.low <= share <= found.high
    assert counted > 1950
    assert 0.935 <= held / counted <= 0.975
