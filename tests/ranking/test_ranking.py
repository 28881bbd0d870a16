"""The statistics of a leaderboard: literal values, and simulations in which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipelines.ranking.agreement import agreement
from pipelines.ranking.estimate import Items, estimate
from pipelines.ranking.intervals import Interval, around, fisher, jeffreys, wilson
from pipelines.ranking.paired import mcnemar, paired
from pipelines.ranking.power import needed
from pipelines.ranking.ranks import Estimates, rank


def known(mean: list[float], *, seed: float, df: int = 10_000, runs: float = 1.0) -> Estimates:
    """Models whose error is that of training alone."""
    return Estimates(np.array(mean), np.zeros((len(mean),) * 2), math.inf, seed, df, np.full(len(mean), runs))


def test_intervals_of_shares_are_those_of_the_textbooks() -> None:
    """Wilson: Newcombe 1998, table I (81 of 263; 15 of 148; 0 of 20). Jeffreys: Brown, Cai, DasGupta 2001 (n = 7)."""
    for right, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = wilson(right, n)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    found = jeffreys(3, 7)
    assert (found.low, found.high) == (pytest.approx(0.139, abs=1e-3), pytest.approx(0.766, abs=1e-3))
    assert (jeffreys(0, 7).low, jeffreys(7, 7).high) == (0.0, 1.0)
    assert wilson(0, 0).value is jeffreys(0, 0).low is None


def test_intervals_of_fisher_are_those_published_for_23_datasets() -> None:
    for rho, low, high in (
        (0.902, 0.78, 0.96),
        (0.440, 0.03, 0.72),
        (0.354, -0.07, 0.67),
        (0.281, -0.15, 0.62),
        (-0.323, -0.65, 0.10),
    ):
        found = fisher(rho, 23)
        assert (round(found.low or 0, 2), round(found.high or 0, 2)) == (low, high)
    assert fisher(1.0, 9).low == 1.0
    assert fisher(0.5, 3).low is None


def test_mcnemar_of_literal_tables() -> None:
    """Fagerland, Lydersen, Laake 2013, table 1: 1 and 7 discordant give a mid-p of 0.0391."""
    assert mcnemar(1, 7) == mcnemar(7, 1) == pytest.approx(0.0391, abs=5e-5)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(1, 1) == pytest.approx(0.75)


def test_pairing_of_literal_items() -> None:
    first = np.array([1, 1, 1, 0, 1, 0, 1, 1], float)
    second = np.array([1, 0, 1, 0, 0, 0, 1, 0], float)
    alone = paired(first, second)
    assert (alone.difference.value, alone.only_first, alone.only_second, alone.clusters) == (0.375, 3, 0, 8)
    assert alone.mcnemar == pytest.approx(0.125)
    half = (alone.difference.high or 0) - 0.375
    assert half < (alone.unpaired or 0)  # what pairing gains
    joined = paired(first, second, np.array([0, 1, 0, 2, 1, 2, 0, 1]))
    assert joined.clusters == 3
    assert (joined.difference.high or 0) - 0.375 > half  # the three differences stand in one cluster


def test_orders_of_literal_numbers() -> None:
    found = agreement(np.array([1.0, 2.0, 3.0, 4.0, np.nan]), np.array([1.0, 3.0, 2.0, 4.0, 9.0]))
    assert (found.spearman.value, found.spearman.n, found.pairs) == (pytest.approx(0.8), 4, 6)
    assert found.accuracy.value == pytest.approx(5 / 6)
    tied = agreement(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    assert tied.accuracy.value == pytest.approx(2.5 / 3)  # a tie decides by a coin
    assert agreement(np.array([1.0, 2.0]), np.array([1.0, 2.0])).spearman.value is None
    constant = agreement(np.ones(5), np.arange(5.0))
    assert (constant.spearman.value, constant.accuracy.value) == (None, 0.5)
    sure = np.array([[False, False, True], [False, False, False], [True, False, False]])
    assert agreement(np.array([1.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0]), certain=sure).accuracy.value == 0.0


def test_rank_sets_of_literal_scores() -> None:
    found = rank(known([50.0, 40.0, 39.9, 10.0], seed=1.0), k=2)
    assert found.best.tolist() == [1, 2, 2, 4]
    assert found.worst.tolist() == [1, 3, 3, 4]
    assert found.top[0] == 1.0
    assert found.top[1] + found.top[2] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no errors are known"):
        rank(known([1.0, 2.0], seed=math.nan))


def test_equal_models_share_every_rank() -> None:
    found = rank(known([30.0, 30.0, 30.0], seed=4.0), k=1)
    assert (found.best.tolist(), found.worst.tolist()) == ([1, 1, 1], [3, 3, 3])
    assert found.top == pytest.approx(1 / 3, abs=0.05)


def test_power_is_that_of_the_formula() -> None:
    """(1.96 + 0.84)^2 * variance / difference^2, the size of sample of a paired difference."""
    need = needed(0.03, per_item=2 * 0.25 * 0.4, items=500, per_run=0.0, runs=1)
    assert need.items == 1745
    assert need.runs is None
    assert needed(0.0, per_item=1, items=1, per_run=1, runs=1).items is None
    assert needed(2.0, per_item=0.0, items=0, per_run=2.0, runs=3).runs == 4
    assert needed(1.0, per_item=1.0, items=10, per_run=3.0, runs=1).items is None  # training alone hides it


def draw(
    random: np.random.Generator, ability: np.ndarray, *, items: int, runs: int, training: float
) -> list[np.ndarray]:
    """Outcomes of models (runs, items): items of shared difficulty, training noise per run."""
    hardness = random.normal(0, 1.5, items)
    logits = [a + random.normal(0, training, (runs, 1)) - hardness for a in ability]
    return [(random.random((runs, items)) < 1 / (1 + np.exp(-x))).astype(float) for x in logits]


def truth(ability: np.ndarray, training: float) -> np.ndarray:
    """Expected scores in points of models of these abilities, by quadrature over items and training."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    spread = math.sqrt(1.5**2 + training**2)
    return np.array([100 * (weights / weights.sum() / (1 + np.exp(-(a - spread * nodes)))).sum() for a in ability])


@pytest.mark.parametrize(("runs", "training"), [(1, 0.0), (4, 0.3)])
def test_simultaneous_intervals_and_rank_sets_hold_the_truth_at_their_level(runs: int, training: float) -> None:
    """400 boards of six models, two of them equal: all differences at once, and all ranks, in 95 % or more."""
    random = np.random.default_rng(1)
    ability = np.array([-0.6, -0.2, 0.0, 0.0, 0.3, 0.8])
    wanted = truth(ability, training)
    differences = wanted[:, None] - wanted[None, :]
    low = 1 + (wanted[:, None] > wanted[None, :] + 1e-9).sum(axis=0)
    high = len(wanted) - (wanted[:, None] < wanted[None, :] - 1e-9).sum(axis=0)
    held, ranked, told, repeats = 0, 0, 0, 400
    for board in range(repeats):
        outcomes = draw(random, ability, items=200, runs=runs, training=training)
        scores = [100 * model.mean(axis=1, keepdims=True) for model in outcomes]
        made = estimate(scores, np.ones(1), {0: Items(outcomes, np.arange(200))}, [False] * 6)
        found = rank(made, draws=400, seed=board)
        observed = made.mean[:, None] - made.mean[None, :]
        held += bool((np.abs(observed - differences) <= found.half + 1e-9).all())
        ranked += bool(((found.best <= low) & (high <= found.worst)).all())
        told += bool(found.above[2, 3] or found.above[3, 2])
    # The standard error of a share of 0.95 of 400 is 0.011.
    assert 0.92 <= held / repeats <= 0.99
    assert ranked / repeats >= 0.93
    assert told / repeats <= 0.05  # two equal datasets cannot be told apart


def test_paired_intervals_cover_and_are_shorter_than_unpaired_ones() -> None:
    random = np.random.default_rng(2)
    ability = np.array([0.0, 0.4])
    wanted = np.diff(truth(ability, 0.0))[0] / 100
    covered, narrower, significant = 0, 0, {"paired": 0, "unpaired": 0}
    for _ in range(500):
        first, second = (model[0] for model in draw(random, ability, items=150, runs=1, training=0.0))
        found = paired(second, first)
        assert found.difference.low is not None
        assert found.difference.high is not None
        assert found.unpaired is not None
        covered += found.difference.low <= wanted <= found.difference.high
        narrower += found.difference.high - found.difference.low < 2 * found.unpaired
        significant["paired"] += found.difference.low > 0
        significant["unpaired"] += (found.difference.value or 0) - found.unpaired > 0
    assert 0.92 <= covered / 500 <= 0.98
    assert narrower / 500 > 0.99
    assert significant["paired"] > 1.5 * significant["unpaired"]


def test_means_over_repeats_carry_what_drawing_answers_adds() -> None:
    """30 items, two models whose answers are drawn: with 8 repeats intervals cover, and are shorter than with one."""
    random = np.random.default_rng(6)
    covered, widths = {1: 0, 8: 0}, {1: 0.0, 8: 0.0}
    for _ in range(400):
        hardness = random.normal(0, 1.5, 30)
        for repeats in covered:
            chances = [1 / (1 + np.exp(hardness - ability)) for ability in (0.0, 0.5)]
            first, second = ((random.random((repeats, 30)) < chance).mean(axis=0) for chance in chances)
            found = paired(second, first).difference
            wanted = np.diff(truth(np.array([0.0, 0.5]), 0.0))[0] / 100
            covered[repeats] += (found.low or 0) <= wanted <= (found.high or 0)
            widths[repeats] += (found.high or 0) - (found.low or 0)
    assert all(0.92 <= count / 400 <= 0.98 for count in covered.values())
    assert widths[8] < 0.6 * widths[1]


def test_a_bounded_score_has_no_interval_beyond_its_bounds() -> None:
    found = around(96.8, 25.0, 4).within(0, 100)
    assert (found.value, found.low, found.high) == (96.8, pytest.approx(82.917775), 100)
    assert around(3.0, 25.0, 4).within(0, 100).low == 0
    assert Interval(5.0).within(0, 100) == Interval(5.0)


def test_clustered_intervals_cover_where_items_of_a_passage_go_together() -> None:
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(60), 5)
    covered, naive = 0, 0
    for _ in range(500):
        passage = random.normal(0, 0.15, 60)[groups]
        first = (random.random(300) < 0.6 + passage / 2).astype(float)
        second = (random.random(300) < 0.5 - passage / 2).astype(float)
        found, alone = paired(first, second, groups).difference, paired(first, second).difference
        assert None not in (found.low, found.high, alone.low, alone.high)
        covered += found.low <= 0.1 <= found.high  # type: ignore[operator]
        naive += alone.low <= 0.1 <= alone.high  # type: ignore[operator]
    assert 0.92 <= covered / 500 <= 0.98
    assert naive < covered


@pytest.mark.parametrize(("of", "right", "n"), [(wilson, 0.9, 30), (jeffreys, 0.3, 30)])
def test_intervals_of_shares_cover(of: object, right: float, n: int) -> None:
    random = np.random.default_rng(4)
    counts = random.binomial(n, right, 2000)
    found = [of(int(count), n) for count in counts]  # type: ignore[operator]
    assert 0.93 <= np.mean([item.low <= right <= item.high for item in found]) <= 0.98


def test_intervals_of_agreement_cover() -> None:
    """17 datasets, as many as carry published scores: the truth is what a million of them would show."""
    random = np.random.default_rng(5)
    big = random.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 1500)
    wanted = agreement(big[:, 0], big[:, 1])
    rho, accuracy = 0, 0
    for _ in range(500):
        x, y = random.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 17).T
        found = agreement(x, y)
        rho += found.spearman.low <= 0.483 <= found.spearman.high  # type: ignore[operator]
        accuracy += found.accuracy.low <= 2 / 3 <= found.accuracy.high  # type: ignore[operator]
    assert wanted.accuracy.value == pytest.approx(2 / 3, abs=0.02)  # 1/2 + arcsin(0.5) / pi
    assert 0.91 <= rho / 500 <= 0.97
    assert 0.91 <= accuracy / 500 <= 0.98
