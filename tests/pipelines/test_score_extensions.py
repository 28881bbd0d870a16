"""Axes a user adds are scored like the project's own: SQL expressions, axes made of axes, files of Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoring_lake import fill, scores

from lake.catalog import Lake
from lake.errors import UnknownNameError, UsageError
from pipelines.score import plan, score
from scorers.trust import trust

PAIRS: list[tuple[str | None, str | None]] = [
    ("Why? Why?", "because"),
    ("Say it", None),
    ("Why? Why?", "because"),
    ("Count", "12"),
]


def add(lake: Lake, name: str, expression: str, description: str = "Measured by SQL.") -> None:
    folder = lake.settings.home / "scorers"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.sql").write_text(f"-- description: {description}\n{expression}\n")


def test_an_expression_gives_every_sample_a_value_or_a_reason(lake: Lake) -> None:
    ids = fill(lake, "chat", PAIRS)
    add(lake, "answered", "length(response)")
    report = score(lake, axes=["answered"])
    assert [(axis.scored, axis.reused) for axis in report.axes] == [(4, 0)]
    assert report.computed == 3  # equal content once
    version = "1+sql=cf3a1916"
    assert scores(lake, "answered") == [
        (ids[0], "answered", version, 7.0, "ok", None),
        (ids[1], "answered", version, None, "not_applicable", "the expression is NULL"),
        (ids[2], "answered", version, 7.0, "ok", None),
        (ids[3], "answered", version, 2.0, "ok", None),
    ]
    assert lake.rows("select answered from scored order by sample_id") == [(7.0,), (None,), (7.0,), (2.0,)]
    assert lake.rows(
        "select comment from duckdb_columns() where table_name = 'scored_axes' and column_name = 'answered'"
    ) == [("Measured by SQL.",)]


def test_rows_an_expression_fails_on_fail_alone(lake: Lake) -> None:
    fill(lake, "chat", PAIRS)
    add(lake, "number", "cast(response as integer)")
    score(lake, axes=["number"])
    found = [(value, status) for _, _, _, value, status, _ in scores(lake, "number")]
    assert found == [(None, "failed"), (None, "not_applicable"), (None, "failed"), (12.0, "ok")]
    assert "Could not convert string 'because' to INT32" in str(scores(lake, "number")[0][5])


def test_an_edited_expression_is_measured_again_and_an_edited_description_is_not(lake: Lake) -> None:
    fill(lake, "chat", PAIRS)
    add(lake, "answered", "length(response)")
    score(lake, axes=["answered"])
    add(lake, "answered", "length(response)", "The same in other words.")
    assert score(lake, axes=["answered"]).computed == 0
    add(lake, "answered", "2 * length(response)")
    assert score(lake, axes=["answered"]).computed == 3
    assert lake.rows("select value from scores order by sample_id") == [(14.0,), (None,), (14.0,), (4.0,)]


def test_an_axis_made_of_axes_brings_them_along_and_keeps_their_versions(lake: Lake) -> None:
    fill(lake, "chat", PAIRS)
    add(lake, "longer", "str_length > 8 and think_or_not = 0")
    planned = plan(lake, axes=["longer"]).axes
    assert [(axis.axis, axis.to_run) for axis in planned] == [("str_length", 3), ("think_or_not", 3), ("longer", 4)]
    score(lake, axes=["longer"])
    assert lake.rows("select longer, str_length from scored order by sample_id") == [
        (1.0, 17.0),
        (0.0, 6.0),
        (1.0, 17.0),
        (0.0, 8.0),
    ]
    (version,) = {row[2] for row in scores(lake, "longer")}
    assert str(version).startswith("1+sql=")
    assert str(version).endswith("+str_length:1+think_or_not:1")
    assert score(lake, axes=["longer"]).computed == 0
    score(lake, axes=["longer"], parity=True)
    (parity,) = {row[2] for row in scores(lake, "longer")}
    assert str(parity).endswith("+str_length:1+parity+think_or_not:1+parity")


def test_new_rows_are_measured_on_all_axes(lake: Lake) -> None:
    add(lake, "doubled", "2 * str_length")
    fill(lake, "one", PAIRS[:2], number=1)
    score(lake, axes=["doubled"])
    fill(lake, "two", PAIRS[2:], number=2)
    report = score(lake, axes=["doubled"])
    assert {(axis.axis, axis.skipped) for axis in report.axes if axis.dataset == "one"} >= {("doubled", 2)}
    assert lake.rows("select dataset, doubled from scored order by sample_id") == [
        ("one", 34.0),
        ("one", 12.0),
        ("two", 34.0),
        ("two", 16.0),
    ]


def test_a_misspelt_column_stops_before_anything_is_scored(lake: Lake) -> None:
    fill(lake, "chat", PAIRS)
    add(lake, "odd", "str_lenght * 2.0")
    with pytest.raises(UnknownNameError, match=r"odd\.sql 'str_lenght'"):
        score(lake, axes=["odd"])
    assert scores(lake) == []


def test_a_python_file_of_the_home_is_scored_once_it_is_trusted(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    fill(lake, "chat", PAIRS)
    folder = lake.settings.home / "scorers"
    folder.mkdir()
    Path(folder / "sevens.py").write_text(
        "from scorers.batch import Column\nfrom scorers.spec import Axis, Scorer\n"
        'SCORER = Scorer(name="sevens", version="1", axes=(Axis("seven", "Always seven."),))\n'
        'def score(batch, settings):\n    return {"seven": Column.of([7.0] * len(batch))}\n'
    )
    with pytest.raises(UsageError, match=r"sevens\.py is not trusted"):
        score(lake, axes=["sevens"])
    trust(folder)
    score(lake, axes=["seven"])
    assert lake.rows("select seven from scored") == [(7.0,)] * 4
