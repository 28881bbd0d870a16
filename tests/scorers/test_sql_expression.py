"""An SQL expression in a file is an axis: its values, its version, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from lake.errors import UnknownNameError, UsageError
from scorers.batch import Batch, Column
from scorers.catalogue import Entry, catalogue, find

HEADER = "-- description: Something to be measured.\n"


def declared(folder: Path, text: str, name: str = "mine") -> Entry:
    (folder / f"{name}.sql").write_text(text)
    return find([folder]).entry(name)


def outcomes(entry: Entry, **columns: list[object]) -> list[tuple[float | None, str, str | None]]:
    column: Column = entry.score(Batch(pa.table(columns)), entry.scorer.settings())[entry.scorer.name]
    return [column.outcome(row) for row in range(len(column))]


def test_the_header_describes_the_axis(tmp_path: Path) -> None:
    text = (
        "-- axis: mine\n-- description: Share of digits: 0 to 1.\n-- range: 0 to inf\n-- direction: lower\n"
        "-- version: 3\n-- unit: ratio\n-- type: flag\n-- citation: folklore\n-- cost: 1.5\n\n"
        "-- a remark\nlength(response) > 3;\n"
    )
    entry = declared(tmp_path, text)
    (axis,) = entry.scorer.axes
    assert (axis.description, axis.range, axis.direction) == ("Share of digits: 0 to 1.", (0.0, None), "lower")
    assert (axis.unit, axis.type, entry.scorer.citation, entry.scorer.cost_us) == ("ratio", "flag", "folklore", 1.5)
    assert entry.scorer.reads == ("response",)
    assert entry.definition == "length(response) > 3"
    assert entry.scorer.version.startswith("3+sql=")


def test_values_null_and_what_is_not_finite(tmp_path: Path) -> None:
    entry = declared(tmp_path, HEADER + "100.0 / try_cast(response as double)")
    assert outcomes(entry, response=["4", "none", None, "1e-400"]) == [
        (25.0, "ok", None),
        (None, "not_applicable", "the expression is NULL"),
        (None, "not_applicable", "the expression is NULL"),
        (None, "failed", "the result is not a finite number"),
    ]


def test_texts_are_in_the_form_content_ids_have(tmp_path: Path) -> None:
    entry = declared(tmp_path, HEADER + "length(response)")
    assert outcomes(entry, response=["e\u0301", "é"]) == [(1.0, "ok", None)] * 2


def test_the_hash_of_the_expression_is_the_version_and_that_of_the_header_is_not(tmp_path: Path) -> None:
    versions = [
        declared(tmp_path, text).scorer.version
        for text in (
            HEADER + "length(response)",
            "-- description: Other words.\nlength(response)  ",
            HEADER + "length(response) + 1",
        )
    ]
    assert versions[0] == versions[1] == "1+sql=cf3a1916"
    assert versions[2] != versions[0]


@pytest.mark.parametrize(
    ("expression", "reads", "axes"),
    [
        ("mtld / str_length", (), ("mtld", "str_length")),
        ("scored.MTLD + length(Response)", ("response",), ("mtld",)),
        ("list_sum(list_transform([1, 2], lambda x: x + n_turns))", ("n_turns",), ()),
        ("try_cast(meta->>'$.votes' as integer)", ("meta",), ()),
        ("1", (), ()),
    ],
)
def test_what_it_reads_is_found_in_the_expression(
    tmp_path: Path, expression: str, reads: tuple[str, ...], axes: tuple[str, ...]
) -> None:
    scorer = declared(tmp_path, HEADER + expression).scorer
    assert (scorer.reads, scorer.axes_read) == (reads, axes)


def test_scores_are_shared_by_content_only_where_content_decides_them(tmp_path: Path) -> None:
    shared = {
        text: (scorer := declared(tmp_path, HEADER + text).scorer).content_addressed(scorer.settings())
        for text in ("length(response)", "length(split)", "mtld * 2")
    }
    assert shared == {"length(response)": True, "length(split)": False, "mtld * 2": False}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- description: x\n", "holds no expression"),
        ("length(response)", "does not say what it measures"),
        (HEADER + "-- range: many\n1", "says range: many"),
        (HEADER + "-- direction: up\n1", "says direction: up"),
        ("-- axis: other\n" + HEADER + "1", "declares the axis 'other'"),
        (HEADER + "select 1", "a query inside it"),
        (HEADER + "(select max(n_turns) from scored)", "a query inside it"),
        (HEADER + "1; drop table scores", "syntax error"),
        (HEADER + "random()", r"random\(\) is not the same every time"),
        (HEADER + "epoch(now())", r"now\(\) is not the same every time"),
        (HEADER + "avg(n_turns)", "aggregate over samples"),
        (HEADER + "rank() over (order by n_turns)", "a window function"),
        (HEADER + "upper(response)", "it gives VARCHAR, not a number"),
        (HEADER + "lenth(response)", "lenth does not exist"),
        (HEADER + "length(respnse)", "respnse taken for axes"),
        (HEADER + "$x + 1", "a parameter"),
        (HEADER + "1) from read_text('/etc/hostname') union all select (1", "more than one expression"),
        (HEADER + "1), (2", "more than one expression"),
        (HEADER + "1) as a, (2", "more than one expression"),
    ],
)
def test_what_cannot_be_an_axis_is_refused_naming_the_file(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        declared(tmp_path, text)
    assert "mine.sql" in caught.value.message
    assert caught.value.hint


def test_a_column_that_is_neither_of_samples_nor_an_axis_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mine.sql").write_text(HEADER + "n_turn + 1")
    with pytest.raises(UnknownNameError, match=r"mine\.sql 'n_turn'") as caught:
        catalogue((tmp_path,)).axes()
    assert "Did you mean n_turns?" in caught.value.hint


def test_an_axis_of_axes_cannot_read_another_such(tmp_path: Path) -> None:
    (tmp_path / "first.sql").write_text(HEADER + "mtld * 2")
    (tmp_path / "second.sql").write_text(HEADER + "first + 1")
    with pytest.raises(UsageError, match=r"second\.sql uses the axis 'first', which is made of other axes"):
        catalogue((tmp_path,)).axes()


@examples(20)
@given(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=20))
def test_a_batch_scores_as_its_rows_do(tmp_path_factory: pytest.TempPathFactory, texts: list[str | None]) -> None:
    texts = [text and text.encode("utf-8", "ignore").decode() for text in texts]
    entry = declared(tmp_path_factory.getbasetemp(), HEADER + "length(response) + n_turns")
    turns = list(range(len(texts)))
    together = outcomes(entry, response=texts, n_turns=turns)
    alone = [outcomes(entry, response=[t], n_turns=[n])[0] for t, n in zip(texts, turns, strict=True)]
    assert together == alone
