"""What calibrating reads: versions, judged samples, and the state of every judged axis."""

from __future__ import annotations

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, row_no bigint, content_id varchar, instruction varchar, response varchar"
SCORES = "sample_id bigint, dataset varchar, axis varchar, scorer_version varchar, value double, status varchar"
CALIBRATIONS = "axis varchar, scorer_version varchar, against varchar, n bigint, kappa double, alpha double, youden double, created timestamp"

ROWS: Rows = [
    (1, "a", "q", "1+judgements=judge_q@x", 5.0, "ok"),
    (2, "a", "q", "1+judgements=judge_q@x", None, "unparsable"),
    (3, "a", "q", "1+judgements=judge_q@y", 7.0, "ok"),
    (1, "a", "hdd", "1", 0.5, "ok"),
]


def test_versions_of_an_axis_are_counted_by_values() -> None:
    assert result("score_versions", {"scores": (SCORES, [])}, axis="q") == []
    assert result(
        "score_versions", {"scores": (SCORES, [*ROWS, (4, "a", "q", "1+judgements=judge_q@y", 1.0, "ok")])}, axis="q"
    ) == [
        ("1+judgements=judge_q@x", 1),
        ("1+judgements=judge_q@y", 2),
    ]


def test_judged_samples_have_a_value_and_a_length() -> None:
    samples: Rows = [(1, "a", 0, "c1", "four", None), (2, "a", 1, "c2", "q", "answer"), (3, "a", 2, "c3", "q", "ans")]
    tables = {"samples": (SAMPLES, samples), "scores": (SCORES, ROWS)}
    assert result("judged_samples", tables, axis="q", version="1+judgements=judge_q@x", column="instruction") == [
        (1, "a", 0, "c1", 5.0, 4.0)
    ]
    assert result("judged_samples", tables, axis="q", version="1+judgements=judge_q@x", column="response") == [
        (1, "a", 0, "c1", 5.0, 0.0)
    ]
    assert result("judged_samples", tables, axis="q", version="1+judgements=judge_q@y", column="response") == [
        (3, "a", 2, "c3", 7.0, 3.0)
    ]
    assert result("judged_samples", tables, axis="none", version="1", column="response") == []


def test_a_judged_version_is_uncalibrated_until_it_has_a_calibration() -> None:
    tables = {
        "scores": (SCORES, ROWS),
        "calibrations": (
            CALIBRATIONS,
            [
                ("q", "1+judgements=judge_q@x", "l.csv", 20, 0.5, 0.4, None, None),
                ("old", "1+judgements=judge_q@x", "l.csv", 9, None, None, None, None),
                ("hdd", "1", "h.csv", 3, 1.0, 1.0, 1.0, None),
            ],
        ),
    }
    assert [row[:5] for row in result("calibration_states", tables)] == [
        ("hdd", "1", 1, "kappa 1.00, 3 labels", 3),
        ("old", "1+judgements=judge_q@x", 0, "kappa -, 9 labels", 9),
        ("q", "1+judgements=judge_q@x", 1, "kappa 0.50, 20 labels", 20),
        ("q", "1+judgements=judge_q@y", 1, "uncalibrated", None),
    ]
    assert result("calibration_states", {"scores": (SCORES, []), "calibrations": (CALIBRATIONS, [])}) == []


def test_answers_are_paired_by_content_and_version() -> None:
    judgements = "content_id varchar, judgement varchar, version varchar, answer varchar"
    rows: Rows = [
        ("c1", "q", "1", "a"),
        ("c1", "r", "1", "b"),
        ("c2", "q", "1", "c"),
        ("c3", "q", "1", None),
        ("c3", "r", "1", "d"),
        ("c2", "r", "0", "e"),
    ]
    given = {"one": "q", "one_version": "1", "other": "r", "other_version": "1"}
    assert result("paired_answers", {"judgements": (judgements, rows)}, **given) == [("a", "b")]
    assert result("paired_answers", {"judgements": (judgements, [])}, **given) == []


def test_answers_of_a_judge_reach_every_sample_of_the_content() -> None:
    judgements: Rows = [
        ("c1", "judge_q@x", "1", '{"clarity": 3}'),
        ("c2", "judge_q@x", "1", None),
        ("c3", "judge_q@x", "2", "{}"),
        ("c3", "judge_q@y", "1", "{}"),
    ]
    samples: Rows = [(n, "a", n, f"c{c}", "q", None) for n, c in ((1, 1), (2, 2), (3, 3), (4, 1))]
    tables = {
        "samples": (SAMPLES, samples),
        "judgements": ("content_id varchar, judgement varchar, version varchar, answer json", judgements),
    }
    assert result("answers_of_judge", tables, of="judge_q@x", at="1") == [
        (1, '{"clarity": 3}'),
        (4, '{"clarity": 3}'),
    ]
    assert result("answers_of_judge", tables, of="judge_q@z", at="") == []
