"""The relations of sql/score/ that read signals of models for whole datasets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, content_id uuid, instruction varchar, response varchar"
SIGNALS = (
    "content_id uuid, signal varchar, version varchar, status varchar, detail varchar, cut integer, entropy double"
)
A, B, C = (UUID(int=n) for n in (1, 2, 3))
HELD: Rows = [
    (1, "x", A, "q", "a"),
    (2, "x", B, "q", None),
    (3, "x", A, "q", "a"),
    (4, "x", C, None, "c"),
    (9, "y", A, "q", "a"),
]
SAID: Rows = [
    (A, "spectrum@m", "1", "ok", None, 0, 0.5),
    (B, "spectrum@m", "1", "failed", "why", None, None),
    (C, "spectrum@m", "2", "ok", None, 0, 9.0),
    (A, "other@m", "1", "ok", None, 0, 7.0),
]
OF = {"stored": "spectra", "of": "spectrum@m", "at": "1"}


def signals(held: Rows, said: Rows, dataset: str = "x") -> Any:
    tables = {"samples": (SAMPLES, held), "spectra": (SIGNALS, said)}
    return result("set_signals", tables, column="entropy", dataset=dataset, **OF)


def test_signals_of_a_dataset_are_those_of_its_contents_in_that_version() -> None:
    assert signals([], []) == signals(HELD, []) == signals([], SAID) == []
    assert signals(HELD, SAID) == [
        (1, "ok", None, 0, 0.5),
        (2, "failed", "why", None, None),
        (3, "ok", None, 0, 0.5),
    ]
    assert signals(HELD, SAID, "y") == [(9, "ok", None, 0, 0.5)]


def test_samples_with_a_signal_are_counted_with_their_copies() -> None:
    def count(held: Rows, said: Rows) -> Any:
        tables = {"samples": (SAMPLES, held), "spectra": (SIGNALS, said)}
        return result("set_signal_count", tables, dataset="x", **OF)

    assert count([], SAID) == count(HELD, []) == [(0,)]
    assert count(HELD, SAID) == [(3,)]


def test_pairs_come_in_the_order_asked_for_without_those_that_have_no_row() -> None:
    def pairs(wanted: Rows, said: Rows) -> Any:
        tables = {"pairs_wanted": ("place bigint, content_id uuid", wanted), "spectra": (SIGNALS, said)}
        return result("pair_signals", tables, column="entropy", **OF)

    assert pairs([], SAID) == pairs([(0, A)], []) == []
    assert pairs([(2, A), (0, B), (1, C), (3, A), (4, None)], SAID) == [
        (0, "failed", "why", None, None),
        (2, "ok", None, 0, 0.5),
        (3, "ok", None, 0, 0.5),
    ]


def test_rows_of_a_signal_that_pairs_have_go_in_whatever_version() -> None:
    tables = {"pairs_wanted": ("place bigint, content_id uuid", [(0, C), (1, B)]), "spectra": (SIGNALS, SAID)}
    found = result("superseded_pairs", tables, stored="spectra", of="spectrum@m")
    assert sorted(found) == [(B, "spectrum@m", "1"), (C, "spectrum@m", "2")]
    assert result("superseded_pairs", tables, stored="spectra", of="other@m") == []


def test_failed_rows_of_a_signal_are_counted_in_that_version() -> None:
    tables = {"spectra": (SIGNALS, SAID)}
    assert result("failed_signals", tables, **OF) == [(1,)]
    assert result("failed_signals", tables, stored="spectra", of="spectrum@m", at="2") == [(0,)]


def test_contents_and_texts_of_samples_by_number() -> None:
    tables = {"samples": (SAMPLES, HELD)}
    assert result("contents_of", tables, samples=[]) == result("texts_of", tables, samples=[]) == []
    assert sorted(result("contents_of", tables, samples=[4, 1, 1, 77])) == [(1, A), (4, C)]
    assert sorted(result("texts_of", tables, samples=[4, 2])) == [(2, "q", ""), (4, "", "c")]
